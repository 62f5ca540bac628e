#include "server/hub/reader_pool.h"

#include <gtest/gtest.h>

#include <future>
#include <memory>

namespace ampstream {
namespace {

TEST(ReaderPoolTest, RunsATaskWhileAnotherBlocks) {
  ReaderPool pool(2);
  std::promise<void> release;
  std::promise<void> ran;
  pool.Run([blocked = release.get_future().share()] { blocked.wait(); });
  pool.Run([&] { ran.set_value(); });
  EXPECT_EQ(ran.get_future().wait_for(std::chrono::seconds(10)), std::future_status::ready);
  release.set_value();
}

TEST(ReaderPoolTest, DropsWhatWasNotBegunWhenItStops) {
  auto pool = std::make_unique<ReaderPool>(1);
  std::promise<void> begun;
  std::promise<void> release;
  bool second_ran = false;
  auto held = std::make_shared<int>();
  const std::weak_ptr<int> watched = held;
  pool->Run([&begun, blocked = release.get_future().share()] {
    begun.set_value();
    blocked.wait();
  });
  pool->Run([&second_ran, held = std::move(held)] { second_ran = true; });
  begun.get_future().wait();
  std::thread stopper([&] { pool->Stop(); });
  // Stop has dropped the task once what it holds is gone.
  while (!watched.expired()) std::this_thread::yield();
  release.set_value();
  stopper.join();
  EXPECT_FALSE(second_ran);
  pool->Run([&] { second_ran = true; });
  EXPECT_FALSE(second_ran);
}

}  // namespace
}  // namespace ampstream
