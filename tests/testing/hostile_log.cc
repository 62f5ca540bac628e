#include "tests/testing/hostile_log.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "server/log/chunk_builder.h"
#include "tests/testing/events.h"

namespace ampstream {
namespace {

// How long a late answer is held back where nothing else comes.
constexpr absl::Duration kLate = absl::Milliseconds(2);

}  // namespace

HostileLog::HostileLog(const Options& options, const Clock& clock)
    : options_(options),
      clock_(clock),
      epoch_(Epoch::Random()),
      store_(epoch_, options.max_bytes),
      random_(options.seed),
      thread_([this] { Loop(); }) {}

HostileLog::~HostileLog() { Stop(absl::InfiniteFuture()); }

void HostileLog::Append(std::vector<NewEvent> delivery, absl::Time deadline, Done done) {
  {
    MutexLock lock(&mutex_);
    if (!stopping_) {
      waiting_.push_back({std::move(delivery), deadline, std::move(done)});
      work_.Signal();
      return;
    }
  }
  std::move(done)(absl::UnavailableError("the log has stopped"));
}

absl::StatusOr<Position> HostileLog::Start(Listener* listener) {
  MutexLock lock(&commit_mutex_);
  listener_ = listener;
  return store_.Info().newest;
}

void HostileLog::Stop(absl::Time) {
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
    work_.Signal();
  }
  if (thread_.joinable()) thread_.join();
}

void HostileLog::SetState(const LogState& state) {
  MutexLock lock(&commit_mutex_);
  if (listener_ != nullptr) listener_->OnState(state);
}

int HostileLog::failures() const {
  MutexLock lock(&commit_mutex_);
  return failures_;
}

LogInfo HostileLog::Info() const {
  LogInfo info = store_.Info();
  info.duplicate_window = options_.duplicate_window;
  info.max_delivery_bytes = 64 << 20;
  return info;
}

void HostileLog::Loop() {
  for (Waiting waiting; Next(&waiting);) {
    if (waiting.done != nullptr) Serve(std::exchange(waiting, Waiting()));
    if (OneIn(2)) ReleaseLate();
  }
  ReleaseLate();
  MutexLock lock(&commit_mutex_);
  for (; !turning_up_.empty(); turning_up_.pop_front()) Tell(Commit(turning_up_.front()));
}

bool HostileLog::Next(Waiting* waiting) {
  bool waited = false;
  {
    MutexLock lock(&mutex_);
    const absl::Time until = absl::Now() + kLate;
    while (waiting_.empty() && !stopping_ && !waited) {
      if (late_.empty()) {
        work_.Wait(&mutex_);
      } else {
        waited = !work_.WaitUntil(&mutex_, until);
      }
    }
    if (!waiting_.empty()) {
      *waiting = std::move(waiting_.front());
      waiting_.pop_front();
      return true;
    }
    if (stopping_) return false;
  }
  ReleaseLate();
  return true;
}

void HostileLog::Serve(Waiting waiting) {
  if (waiting.deadline <= clock_.Now()) {
    return AnswerLater(std::move(waiting.done), absl::DeadlineExceededError("too late"));
  }
  MutexLock lock(&commit_mutex_);
  Misbehave();
  if (options_.failures && OneIn(5)) {
    ++failures_;
    turning_up_.push_back(std::move(waiting.events));
    return AnswerLater(std::move(waiting.done), absl::UnavailableError("it may turn up in the log"));
  }
  Committed committed = Commit(waiting.events);
  const bool done_first = OneIn(2);
  if (done_first) std::move(waiting.done)(committed.appended);
  Tell(committed);
  if (!done_first) AnswerLater(std::move(waiting.done), std::move(committed.appended));
}

void HostileLog::Misbehave() {
  if (options_.foreign_events && OneIn(3))
    Tell(Commit(MakeEvents({absl::StrCat("foreign-", options_.seed, "-", foreign_++)})));
  if (OneIn(4)) Tell(CommitNothing());
  for (; !turning_up_.empty() && OneIn(2); turning_up_.pop_front()) Tell(Commit(turning_up_.front()));
}

HostileLog::Committed HostileLog::Commit(const std::vector<NewEvent>& events) {
  log_time_ = std::max(log_time_, clock_.Now());
  ChunkBuilder builder(epoch_, newest_);
  absl::flat_hash_map<EventId, Position> in_group;
  std::vector<MemoryStore::Key> keys;
  Committed committed;
  Position last = newest_;
  for (const NewEvent& event : events) {
    absl::optional<Position> there = store_.PositionsOf({event.id}, log_time_ - options_.duplicate_window)->front();
    if (in_group.contains(event.id)) there = in_group[event.id];
    if (there.has_value()) {
      committed.appended.push_back({Appended::Outcome::kDuplicate, event.id, *there});
      continue;
    }
    last = Position(last.value() + std::uniform_int_distribution<uint64_t>(1, 1000)(random_));
    builder.Add(last, event.encoded);
    in_group.emplace(event.id, last);
    keys.push_back({event.id, event.receive_time});
    committed.appended.push_back({Appended::Outcome::kAccepted, event.id, last});
  }
  if (keys.empty()) return committed;
  if (OneIn(2)) last = Position(last.value() + 5);
  committed.chunk = std::move(builder).Build(last, log_time_);
  committed.oldest = store_.Add(committed.chunk, keys)->oldest;
  newest_ = last;
  return committed;
}

HostileLog::Committed HostileLog::CommitNothing() {
  Committed committed;
  const Position last(newest_.value() + 7);
  committed.chunk = ChunkBuilder(epoch_, newest_).Build(last, log_time_);
  committed.oldest = store_.Add(committed.chunk, {})->oldest;
  newest_ = last;
  return committed;
}

void HostileLog::Tell(const Committed& committed) {
  if (listener_ == nullptr || committed.chunk == nullptr) return;
  listener_->OnCommitted(committed.chunk);
  if (committed.oldest.has_value()) listener_->OnTrimmed(*committed.oldest);
}

void HostileLog::AnswerLater(Done done, absl::StatusOr<std::vector<Appended>> result) {
  late_.push_back({std::move(done), std::move(result)});
}

void HostileLog::ReleaseLate() {
  std::vector<Answer> late = std::exchange(late_, {});
  for (Answer& answer : late) std::move(answer.done)(std::move(answer.result));
}

}  // namespace ampstream
