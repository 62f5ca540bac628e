#ifndef AMPSTREAM_TESTS_TESTING_WATCHED_LOG_H_
#define AMPSTREAM_TESTS_TESTING_WATCHED_LOG_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/base/mutex.h"
#include "server/log/event_log.h"

namespace ampstream {

// Another log, whose reads are counted and can be held up. Thread-safe.
class WatchedLog final : public EventLog {
 public:
  // The other must outlive this.
  explicit WatchedLog(EventLog& log) : log_(log) {}

  // Reads that begin now wait until they are let go.
  void HoldReads() { SetHeld(true); }
  void LetReadsGo() { SetHeld(false); }

  // Reads that have begun.
  int reads() const {
    MutexLock lock(&mutex_);
    return reads_;
  }

  void Append(std::vector<NewEvent> delivery, absl::Time deadline, Done done) override {
    log_.Append(std::move(delivery), deadline, std::move(done));
  }
  absl::StatusOr<Position> Resolve(const StartAt& start) override {
    if (absl::holds_alternative<StartAtLastN>(start)) Wait();
    return log_.Resolve(start);
  }
  absl::StatusOr<ReadResult> Read(Position after, const ReadLimits& limits) override {
    Wait();
    return log_.Read(after, limits);
  }
  absl::StatusOr<std::string> Find(const EventId& id) override { return log_.Find(id); }
  LogInfo Info() const override { return log_.Info(); }
  absl::StatusOr<Position> Start(Listener* listener) override { return log_.Start(listener); }
  void Stop(absl::Time deadline) override { log_.Stop(deadline); }

 private:
  void SetHeld(bool held) {
    MutexLock lock(&mutex_);
    held_ = held;
    changed_.SignalAll();
  }

  void Wait() {
    MutexLock lock(&mutex_);
    ++reads_;
    while (held_) changed_.Wait(&mutex_);
  }

  EventLog& log_;
  mutable Mutex mutex_;
  CondVar changed_;
  bool held_ ABSL_GUARDED_BY(mutex_) = false;
  int reads_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace ampstream

#endif  // AMPSTREAM_TESTS_TESTING_WATCHED_LOG_H_
