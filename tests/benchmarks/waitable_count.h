#ifndef AMPSTREAM_TESTS_BENCHMARKS_WAITABLE_COUNT_H_
#define AMPSTREAM_TESTS_BENCHMARKS_WAITABLE_COUNT_H_

#include <cstdint>

#include "absl/base/thread_annotations.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "server/base/mutex.h"

namespace ampstream {

// Something that is counted, and waited for. Thread-safe.
class WaitableCount {
 public:
  void Add(int64_t count = 1) {
    MutexLock lock(&mutex_);
    count_ += count;
    changed_.SignalAll();
  }

  // False: it did not come to `count` in time.
  bool AwaitAtLeast(int64_t count, absl::Duration timeout) const {
    const absl::Time deadline = absl::Now() + timeout;
    MutexLock lock(&mutex_);
    while (count_ < count) {
      if (!changed_.WaitUntil(&mutex_, deadline)) return count_ >= count;
    }
    return true;
  }

 private:
  mutable Mutex mutex_;
  mutable CondVar changed_;
  int64_t count_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace ampstream

#endif  // AMPSTREAM_TESTS_BENCHMARKS_WAITABLE_COUNT_H_
