#ifndef AMPSTREAM_SERVER_LOG_GROUP_COMMIT_LOG_H_
#define AMPSTREAM_SERVER_LOG_GROUP_COMMIT_LOG_H_

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
#include "server/log/commit_group.h"
#include "server/log/event_log.h"
#include "server/log/store.h"

namespace ampstream {

// An EventLog of one process, over a store.
//
// One thread commits: it takes all deliveries that wait, makes one chunk of them, adds that to the store, tells the
// listener, and answers them. What comes meanwhile waits for the next group: no timer, so that a lone delivery is not
// held back. After the store has failed once, every delivery is refused until the log is made anew. A deadline is
// looked at when a group is made: a store that hangs while it writes holds up its group's answers, so whoever cannot
// wait bounds its own wait, as the ingress does. Thread-safe.
class GroupCommitLog : public EventLog {
 public:
  struct Options {
    absl::Duration duplicate_window = absl::Hours(7 * 24);
    int64_t max_waiting_bytes = 64 << 20;  // Of deliveries that wait to be committed; beyond it RESOURCE_EXHAUSTED.
    absl::Duration trim_interval = absl::InfiniteDuration();  // How often retention is looked after while none come.
  };

  // The clock must outlive the log.
  GroupCommitLog(const Options& options, std::unique_ptr<Store> store, const Clock& clock);
  ~GroupCommitLog() override;

  void Append(std::vector<NewEvent> delivery, absl::Time deadline, Done done) override;
  absl::StatusOr<Position> Resolve(const StartAt& start) override { return store_->Resolve(start); }
  absl::StatusOr<ReadResult> Read(Position after, const ReadLimits& limits) override {
    return store_->Read(after, limits);
  }
  absl::StatusOr<std::string> Find(const EventId& id) override { return store_->Find(id); }
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
  using Answer = absl::StatusOr<std::vector<Appended>>;

  absl::Status Refusal(const Waiting& waiting) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // Of the commit thread alone.
  void CommitLoop();
  bool WaitForWork(std::vector<Waiting>* group) ABSL_LOCKS_EXCLUDED(mutex_);
  void AnswerStarting() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void TakeGroup(std::vector<Waiting>* group) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Commit(std::vector<Waiting> deliveries);
  absl::Status ExpectAll(const std::vector<Waiting>& deliveries, CommitGroup* group) const;
  static std::vector<Appended> AddTo(CommitGroup* group, const std::vector<NewEvent>& events);
  absl::Status Publish(CommitGroup group);
  void TrimIfDue();
  void TellOfRemoval(const Store::Removed& removed);
  void Latch(const absl::Status& cause) ABSL_LOCKS_EXCLUDED(mutex_);

  const Options options_;
  const Clock& clock_;
  const std::unique_ptr<Store> store_;
  const Epoch epoch_;

  // Of the commit thread alone.
  Listener* listener_ = nullptr;
  Position newest_;
  absl::Time log_time_;
  absl::Time next_trim_;  // By the machine's own clock: it is waited for.

  Mutex mutex_;
  CondVar work_;
  CondVar started_;
  std::deque<Waiting> waiting_ ABSL_GUARDED_BY(mutex_);
  int64_t waiting_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  Starting* starting_ ABSL_GUARDED_BY(mutex_) = nullptr;
  absl::Status failure_ ABSL_GUARDED_BY(mutex_);  // Not OK: the store has failed; it is every answer from then on.
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;  // The commit thread answers nobody any more.

  std::thread thread_;  // Last: it uses all of the above.
};

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_LOG_GROUP_COMMIT_LOG_H_
