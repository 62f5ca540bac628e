#include "tests/testing/fake_clock.h"

#include <thread>
#include <vector>

#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace ampstream {
namespace {

constexpr absl::Time kStart = absl::FromUnixSeconds(1000);

TEST(FakeClockTest, StandsStillUntilAdvanced) {
  FakeClock clock(kStart);
  EXPECT_EQ(clock.Now(), kStart);
  EXPECT_EQ(clock.Now(), kStart);
  clock.Advance(absl::Seconds(2));
  EXPECT_EQ(clock.Now(), kStart + absl::Seconds(2));
}

TEST(FakeClockTest, CanBeSetBack) {
  FakeClock clock(kStart);
  clock.Set(kStart - absl::Hours(1));
  EXPECT_EQ(clock.Now(), kStart - absl::Hours(1));
  clock.Advance(-absl::Seconds(1));
  EXPECT_EQ(clock.Now(), kStart - absl::Hours(1) - absl::Seconds(1));
}

TEST(FakeClockTest, LosesNoAdvanceOfAnyThread) {
  FakeClock clock(kStart);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&clock] {
      for (int j = 0; j < 1000; ++j) clock.Advance(absl::Milliseconds(1));
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(clock.Now(), kStart + absl::Seconds(4));
}

}  // namespace
}  // namespace ampstream
