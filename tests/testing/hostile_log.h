#ifndef AMPSTREAM_TESTS_TESTING_HOSTILE_LOG_H_
#define AMPSTREAM_TESTS_TESTING_HOSTILE_LOG_H_

#include <cstdint>
#include <deque>
#include <random>
#include <thread>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "server/base/clock.h"
#include "server/base/mutex.h"
#include "server/event/cursor.h"
#include "server/log/event_log.h"
#include "server/log/memory_store.h"

namespace ampstream {

// An EventLog that does all that a log is allowed to do, and that a log in one process never does: gaps between
// positions, events of other gateways, chunks without an entry, `done` before and after the listener, late `done`,
// errors whose events turn up later, states that change. What stands above the log is tested on it. Thread-safe. The
// order of its misdeeds comes from a seed.
class HostileLog final : public EventLog {
 public:
  struct Options {
    uint32_t seed = 1;
    bool foreign_events = true;
    bool failures = true;
    int64_t max_bytes = 64 << 20;
    absl::Duration duplicate_window = absl::Hours(7 * 24);
  };

  HostileLog(const Options& options, const Clock& clock);
  ~HostileLog() override;

  void Append(std::vector<NewEvent> delivery, absl::Time deadline, Done done) override;
  absl::StatusOr<Position> Resolve(const StartAt& start) override { return store_.Resolve(start); }
  absl::StatusOr<ReadResult> Read(Position after, const ReadLimits& limits) override {
    return store_.Read(after, limits);
  }
  absl::StatusOr<std::string> Find(const EventId& id) override { return store_.Find(id); }
  LogInfo Info() const override;
  absl::StatusOr<Position> Start(Listener* listener) override;
  void Stop(absl::Time deadline) override;

  // The log says this of itself.
  void SetState(const LogState& state);

  // How many deliveries were answered with an error and kept all the same.
  int failures() const;

 private:
  struct Waiting {
    std::vector<NewEvent> events;
    absl::Time deadline;
    Done done;
  };
  struct Answer {
    Done done;
    absl::StatusOr<std::vector<Appended>> result;
  };
  // A group that is in the store; the listener is still to be told.
  struct Committed {
    std::vector<Appended> appended;
    SharedChunk chunk;  // Null: all were duplicates.
    absl::optional<Position> oldest;
  };

  void Loop();
  bool Next(Waiting* waiting);
  void Serve(Waiting waiting);
  void ReleaseLate();
  void Misbehave() ABSL_EXCLUSIVE_LOCKS_REQUIRED(commit_mutex_);
  Committed Commit(const std::vector<NewEvent>& events) ABSL_EXCLUSIVE_LOCKS_REQUIRED(commit_mutex_);
  Committed CommitNothing() ABSL_EXCLUSIVE_LOCKS_REQUIRED(commit_mutex_);
  void Tell(const Committed& committed) ABSL_EXCLUSIVE_LOCKS_REQUIRED(commit_mutex_);
  void AnswerLater(Done done, absl::StatusOr<std::vector<Appended>> result);
  bool OneIn(int n) { return std::uniform_int_distribution<int>(1, n)(random_) == 1; }

  const Options options_;
  const Clock& clock_;
  const Epoch epoch_;
  MemoryStore store_;

  // Of the log's thread alone.
  std::mt19937 random_;
  std::vector<Answer> late_;
  int foreign_ = 0;
  std::deque<std::vector<NewEvent>> turning_up_;  // Answered with an error, and not yet in the log.

  // Held while the listener is told, so that it is told of one thing at a time. Before mutex_.
  mutable Mutex commit_mutex_;
  Listener* listener_ ABSL_GUARDED_BY(commit_mutex_) = nullptr;
  Position newest_ ABSL_GUARDED_BY(commit_mutex_);
  absl::Time log_time_ ABSL_GUARDED_BY(commit_mutex_) = absl::InfinitePast();
  int failures_ ABSL_GUARDED_BY(commit_mutex_) = 0;

  Mutex mutex_;
  CondVar work_;
  std::deque<Waiting> waiting_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;

  std::thread thread_;
};

}  // namespace ampstream

#endif  // AMPSTREAM_TESTS_TESTING_HOSTILE_LOG_H_
