#ifndef AMPSTREAM_TESTS_TESTING_FAKE_CLOCK_H_
#define AMPSTREAM_TESTS_TESTING_FAKE_CLOCK_H_

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/base/mutex.h"

namespace ampstream {

// A clock that stands still until a test sets or advances it. It may also be set back, as a real one may. Thread-safe.
class FakeClock final : public Clock {
 public:
  // Stands at 2026-01-02T03:04:05Z unless told otherwise.
  explicit FakeClock(absl::Time now = absl::FromUnixSeconds(1767323045)) : now_(now) {}

  absl::Time Now() const override {
    MutexLock lock(&mutex_);
    return now_;
  }

  void Set(absl::Time now) {
    MutexLock lock(&mutex_);
    now_ = now;
  }

  void Advance(absl::Duration by) {
    MutexLock lock(&mutex_);
    now_ += by;
  }

 private:
  mutable Mutex mutex_;
  absl::Time now_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace ampstream

#endif  // AMPSTREAM_TESTS_TESTING_FAKE_CLOCK_H_
