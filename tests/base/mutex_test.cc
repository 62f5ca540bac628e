#include "server/base/mutex.h"

#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace ampstream {
namespace {

// Long enough for any machine: a test that waits so long has failed.
constexpr absl::Duration kLong = absl::Minutes(2);

TEST(MutexTest, LetsOneThreadInAtATime) {
  Mutex mutex;
  int count = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 10000; ++j) {
        MutexLock lock(&mutex);
        ++count;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(count, 40000);
}

// Two threads that take turns through one lock and one CondVar.
class Turns {
 public:
  // Adds one to the count whenever it is `odd`'s turn, `times` times. False: waited too long.
  bool Take(bool odd, int times) {
    MutexLock lock(&mutex_);
    for (; times > 0; --times) {
      const absl::Time deadline = absl::Now() + kLong;
      while ((count_ % 2 == 1) != odd) {
        if (!turned_.WaitUntil(&mutex_, deadline)) return false;
      }
      ++count_;
      turned_.SignalAll();
    }
    return true;
  }

  int count() {
    MutexLock lock(&mutex_);
    return count_;
  }

 private:
  Mutex mutex_;
  CondVar turned_;
  int count_ ABSL_GUARDED_BY(mutex_) = 0;
};

TEST(CondVarTest, HandsOverBetweenThreads) {
  Turns turns;
  bool odd_done = false;
  std::thread odd([&] { odd_done = turns.Take(true, 500); });
  EXPECT_TRUE(turns.Take(false, 500));
  odd.join();
  EXPECT_TRUE(odd_done);
  EXPECT_EQ(turns.count(), 1000);
}

TEST(CondVarTest, WaitWakesOnSignal) {
  Mutex mutex;
  CondVar changed;
  bool ready = false;
  bool seen = false;
  std::thread waiter([&] {
    MutexLock lock(&mutex);
    while (!ready) changed.Wait(&mutex);
    seen = true;
  });
  {
    MutexLock lock(&mutex);
    ready = true;
  }
  changed.Signal();
  waiter.join();
  EXPECT_TRUE(seen);
}

TEST(CondVarTest, WakesAllOnSignalAll) {
  Mutex mutex;
  CondVar changed;
  bool ready = false;
  int woken = 0;
  std::vector<std::thread> waiters;
  for (int i = 0; i < 4; ++i) {
    waiters.emplace_back([&] {
      MutexLock lock(&mutex);
      while (!ready) changed.Wait(&mutex);
      ++woken;
    });
  }
  {
    MutexLock lock(&mutex);
    ready = true;
  }
  changed.SignalAll();
  for (std::thread& waiter : waiters) waiter.join();
  EXPECT_EQ(woken, 4);
}

TEST(CondVarTest, SaysThatTheDeadlineHasPassedAndNotBefore) {
  Mutex mutex;
  CondVar never;
  MutexLock lock(&mutex);
  const absl::Time deadline = absl::Now() + absl::Milliseconds(20);
  while (never.WaitUntil(&mutex, deadline)) ASSERT_LT(absl::Now(), deadline + kLong);
  EXPECT_GE(absl::Now(), deadline);
}

TEST(CondVarTest, ReturnsAtOnceForADeadlineLongPast) {
  Mutex mutex;
  CondVar never;
  MutexLock lock(&mutex);
  EXPECT_FALSE(never.WaitUntil(&mutex, absl::Now() - absl::Hours(1)));
  EXPECT_FALSE(never.WaitUntil(&mutex, absl::UnixEpoch()));
  EXPECT_FALSE(never.WaitUntil(&mutex, absl::FromUnixSeconds(-1000000000000)));
  EXPECT_FALSE(never.WaitUntil(&mutex, absl::InfinitePast()));
}

TEST(CondVarTest, WaitsForASignalWithoutADeadline) {
  Mutex mutex;
  CondVar changed;
  bool ready = false;
  std::thread signaller([&] {
    MutexLock lock(&mutex);
    ready = true;
    changed.Signal();
  });
  bool in_time = true;
  {
    MutexLock lock(&mutex);
    while (!ready) in_time = changed.WaitUntil(&mutex, absl::InfiniteFuture()) && in_time;
  }
  signaller.join();
  EXPECT_TRUE(in_time);
}

TEST(CondVarTest, HoldsTheLockAgainAfterATimeout) {
  Mutex mutex;
  CondVar never;
  int count = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 200; ++j) {
        MutexLock lock(&mutex);
        never.WaitUntil(&mutex, absl::InfinitePast());
        ++count;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(count, 800);
}

}  // namespace
}  // namespace ampstream
