#ifndef AMPSTREAM_SERVER_LOG_MEMORY_LOG_H_
#define AMPSTREAM_SERVER_LOG_MEMORY_LOG_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "server/base/clock.h"
#include "server/base/mutex.h"
#include "server/event/cursor.h"
#include "server/log/event_log.h"
#include "server/log/memory_store.h"

namespace ampstream {

// An EventLog in memory, for tests and trials: lost when the process ends, bounded by a size beyond which the oldest
// events are removed.
//
// One thread commits: it takes all deliveries that wait, makes one chunk of them, and answers them. Thread-safe.
class MemoryLog final : public EventLog {
 public:
  struct Options {
    int64_t max_bytes = 64 << 20;  // Of events and their index.
    absl::Duration duplicate_window = absl::Hours(7 * 24);
    int64_t max_waiting_bytes = 64 << 20;  // Of deliveries that wait to be committed; beyond it RESOURCE_EXHAUSTED.
  };

  // The clock must outlive the log.
  MemoryLog(const Options& options, const Clock& clock);
  ~MemoryLog() override;

  void Append(std::vector<NewEvent> delivery, absl::Time deadline, Done done) override;
  absl::StatusOr<Position> Resolve(const StartAt& start) override { return store_.Resolve(start); }
  absl::StatusOr<ReadResult> Read(Position after, const ReadLimits& limits) override {
    return store_.Read(after, limits);
  }
  absl::StatusOr<std::string> Find(const EventId& id) override { return store_.Find(id); }
  LogInfo Info() const override;
  absl::StatusOr<Position> Start(Listener* listener) override;
  void Stop(absl::Time deadline) override;

 private:
  struct Waiting {
    std::vector<NewEvent> events;
    int64_t bytes;
    absl::Time deadline;
    Done done;
    absl::Status refusal;  // Not OK: it waits for this answer alone.
  };
  // A listener that asks to be told from the next group on.
  struct Starting {
    Listener* listener = nullptr;
    absl::optional<Position> answer;
  };
  class Group;

  absl::Status Refusal(const Waiting& waiting) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void CommitLoop();
  bool WaitForWork(std::vector<Waiting>* group) ABSL_LOCKS_EXCLUDED(mutex_);
  void AnswerStarting() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void TakeGroup(std::vector<Waiting>* group) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Commit(std::vector<Waiting> deliveries);
  void Publish(SharedChunk chunk, const std::vector<MemoryStore::Key>& keys);

  const Options options_;
  const Clock& clock_;
  const Epoch epoch_;
  MemoryStore store_;

  // Of the commit thread alone.
  Listener* listener_ = nullptr;
  uint64_t last_group_ = 0;
  Position newest_;
  absl::Time log_time_ = absl::InfinitePast();

  Mutex mutex_;
  CondVar work_;
  CondVar started_;
  std::deque<Waiting> waiting_ ABSL_GUARDED_BY(mutex_);
  int64_t waiting_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  Starting* starting_ ABSL_GUARDED_BY(mutex_) = nullptr;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;  // The commit thread answers nobody any more.

  std::thread thread_;  // Last: it uses all of the above.
};

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_LOG_MEMORY_LOG_H_
