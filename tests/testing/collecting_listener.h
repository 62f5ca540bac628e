#ifndef AMPSTREAM_TESTS_TESTING_COLLECTING_LISTENER_H_
#define AMPSTREAM_TESTS_TESTING_COLLECTING_LISTENER_H_

#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "server/base/mutex.h"
#include "server/log/event_log.h"

namespace ampstream {

// Remembers all that a log tells. Thread-safe.
class CollectingListener final : public EventLog::Listener {
 public:
  void OnCommitted(SharedChunk chunk) override {
    MutexLock lock(&mutex_);
    chunks_.push_back(std::move(chunk));
    news_.SignalAll();
  }
  void OnTrimmed(Position oldest) override {
    MutexLock lock(&mutex_);
    oldest_ = oldest;
    news_.SignalAll();
  }
  void OnState(const LogState& state) override {
    MutexLock lock(&mutex_);
    states_.push_back(state);
    news_.SignalAll();
  }

  std::vector<SharedChunk> chunks() const {
    MutexLock lock(&mutex_);
    return chunks_;
  }
  std::vector<LogState> states() const {
    MutexLock lock(&mutex_);
    return states_;
  }
  Position oldest() const {
    MutexLock lock(&mutex_);
    return oldest_;
  }

  // Waits until the log has told of this position, or a later one. False: it did not in ten seconds.
  bool WaitFor(Position position) const {
    const absl::Time deadline = absl::Now() + absl::Seconds(10);
    MutexLock lock(&mutex_);
    while (chunks_.empty() || chunks_.back()->last < position) {
      if (!news_.WaitUntil(&mutex_, deadline)) return false;
    }
    return true;
  }

 private:
  mutable Mutex mutex_;
  mutable CondVar news_;
  std::vector<SharedChunk> chunks_ ABSL_GUARDED_BY(mutex_);
  std::vector<LogState> states_ ABSL_GUARDED_BY(mutex_);
  Position oldest_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace ampstream

#endif  // AMPSTREAM_TESTS_TESTING_COLLECTING_LISTENER_H_
