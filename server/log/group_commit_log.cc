#include "server/log/group_commit_log.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "server/base/logging.h"

namespace ampstream {
namespace {

constexpr size_t kFullGroupEvents = 1024;     // A group takes no further delivery beyond this,
constexpr int64_t kFullGroupBytes = 1 << 20;  // nor beyond this: what is shared as one chunk is kept as one.
constexpr int64_t kMaxDeliveryBytes = 64 << 20;
constexpr absl::Duration kRetryAfterFailure = absl::Minutes(1);  // A person has to act, and restart the server.

int64_t BytesOf(const std::vector<NewEvent>& events) {
  int64_t bytes = 0;
  for (const NewEvent& event : events) bytes += static_cast<int64_t>(event.encoded.size());
  return bytes;
}

}  // namespace

GroupCommitLog::GroupCommitLog(const Options& options, std::unique_ptr<Store> store, const Clock& clock)
    : options_(options),
      clock_(clock),
      store_(std::move(store)),
      epoch_(store_->Info().epoch),
      newest_(store_->Info().newest),
      log_time_(store_->log_time()),
      next_trim_(absl::Now()),
      thread_([this] { CommitLoop(); }) {}

GroupCommitLog::~GroupCommitLog() { Stop(absl::InfiniteFuture()); }

void GroupCommitLog::Append(std::vector<NewEvent> delivery, absl::Time deadline, Done done) {
  const int64_t bytes = BytesOf(delivery);
  Waiting waiting{std::move(delivery), bytes, deadline, std::move(done), absl::OkStatus()};
  {
    MutexLock lock(&mutex_);
    waiting.refusal = Refusal(waiting);
    if (!ended_) {
      if (!waiting.refusal.ok()) waiting.bytes = 0;
      waiting_bytes_ += waiting.bytes;
      waiting_.push_back(std::move(waiting));
      work_.Signal();
      return;
    }
  }
  std::move(waiting.done)(waiting.refusal);
}

absl::Status GroupCommitLog::Refusal(const Waiting& waiting) const {
  if (stopping_) return absl::UnavailableError("the log has stopped");
  if (!failure_.ok()) return failure_;
  if (waiting.events.size() > CommitGroup::kMaxEvents || waiting.bytes > kMaxDeliveryBytes) {
    return absl::ResourceExhaustedError(
        absl::StrCat("a delivery may hold ", CommitGroup::kMaxEvents, " events and ", kMaxDeliveryBytes, " bytes"));
  }
  if (waiting_bytes_ + waiting.bytes > options_.max_waiting_bytes) {
    return absl::ResourceExhaustedError(
        absl::StrCat("more than ", options_.max_waiting_bytes, " bytes of deliveries wait for the log"));
  }
  return absl::OkStatus();
}

absl::StatusOr<Position> GroupCommitLog::Start(Listener* listener) {
  Starting starting;
  starting.listener = listener;
  MutexLock lock(&mutex_);
  if (stopping_) return absl::UnavailableError("the log has stopped");
  starting_ = &starting;
  work_.Signal();
  while (!starting.answer.has_value()) started_.Wait(&mutex_);
  return *starting.answer;
}

void GroupCommitLog::Stop(absl::Time) {
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
    work_.Signal();
  }
  if (thread_.joinable()) thread_.join();
}

LogInfo GroupCommitLog::Info() const {
  LogInfo info = store_->Info();
  info.duplicate_window = options_.duplicate_window;
  info.max_delivery_bytes = kMaxDeliveryBytes;
  return info;
}

void GroupCommitLog::CommitLoop() {
  for (std::vector<Waiting> group; WaitForWork(&group); group.clear()) {
    if (!group.empty()) Commit(std::move(group));
    TrimIfDue();
  }
}

bool GroupCommitLog::WaitForWork(std::vector<Waiting>* group) {
  MutexLock lock(&mutex_);
  const absl::Time trim = failure_.ok() ? next_trim_ : absl::InfiniteFuture();
  while (waiting_.empty() && starting_ == nullptr && !stopping_ && absl::Now() < trim) work_.WaitUntil(&mutex_, trim);
  if (starting_ != nullptr) AnswerStarting();
  TakeGroup(group);
  ended_ = group->empty() && stopping_;
  return !ended_;
}

void GroupCommitLog::AnswerStarting() {
  listener_ = starting_->listener;
  starting_->answer = newest_;
  starting_ = nullptr;
  started_.SignalAll();
}

void GroupCommitLog::TakeGroup(std::vector<Waiting>* group) {
  size_t events = 0;
  int64_t bytes = 0;
  const auto fits = [&](const Waiting& next) {
    return events + next.events.size() <= kFullGroupEvents && bytes + next.bytes <= kFullGroupBytes;
  };
  while (!waiting_.empty() && (events == 0 || fits(waiting_.front()))) {
    events += waiting_.front().events.size();
    bytes += waiting_.front().bytes;
    waiting_bytes_ -= waiting_.front().bytes;
    group->push_back(std::move(waiting_.front()));
    waiting_.pop_front();
    // What came before the store failed is refused like what comes after.
    if (!failure_.ok() && group->back().refusal.ok()) group->back().refusal = failure_;
  }
}

void GroupCommitLog::Commit(std::vector<Waiting> deliveries) {
  log_time_ = std::max(log_time_, clock_.Now());
  for (Waiting& waiting : deliveries) {
    if (waiting.refusal.ok() && waiting.deadline <= log_time_)
      waiting.refusal = absl::DeadlineExceededError("the log did not get to the delivery in time");
  }
  CommitGroup group(*store_, epoch_, newest_, log_time_, log_time_ - options_.duplicate_window);
  const absl::Status expected = ExpectAll(deliveries, &group);
  std::vector<Answer> answers;
  for (const Waiting& waiting : deliveries) {
    if (!waiting.refusal.ok()) {
      answers.push_back(waiting.refusal);
    } else if (!expected.ok()) {
      answers.push_back(absl::UnavailableError(expected.message()));
    } else {
      answers.push_back(AddTo(&group, waiting.events));
    }
  }
  const absl::Status kept = expected.ok() && !group.empty() ? Publish(std::move(group)) : expected;
  for (size_t i = 0; i < deliveries.size(); ++i) {
    // All of a group or nothing: a duplicate in it may be one of an event that was not kept.
    if (answers[i].ok() && !kept.ok()) answers[i] = absl::UnavailableError(kept.message());
    std::move(deliveries[i].done)(std::move(answers[i]));
  }
}

absl::Status GroupCommitLog::ExpectAll(const std::vector<Waiting>& deliveries, CommitGroup* group) const {
  std::vector<EventId> ids;
  size_t bytes = 0;
  for (const Waiting& waiting : deliveries) {
    if (!waiting.refusal.ok()) continue;
    for (const NewEvent& event : waiting.events) ids.push_back(event.id);
    bytes += static_cast<size_t>(waiting.bytes);
  }
  group->Reserve(ids.size(), bytes);
  return ids.empty() ? absl::OkStatus() : group->Expect(ids);
}

std::vector<Appended> GroupCommitLog::AddTo(CommitGroup* group, const std::vector<NewEvent>& events) {
  std::vector<Appended> appended;
  appended.reserve(events.size());
  for (const NewEvent& event : events) appended.push_back(group->Add(event));
  return appended;
}

absl::Status GroupCommitLog::Publish(CommitGroup group) {
  const std::vector<Store::Key> keys = group.keys();
  SharedChunk chunk = std::move(group).Build();
  const absl::StatusOr<Store::Removed> removed = store_->Add(chunk, keys);
  if (!removed.ok()) {
    Latch(removed.status());
    return removed.status();
  }
  newest_ = chunk->last;
  if (listener_ != nullptr) listener_->OnCommitted(std::move(chunk));
  TellOfRemoval(*removed);
  return absl::OkStatus();
}

void GroupCommitLog::TrimIfDue() {
  if (absl::Now() < next_trim_) return;
  const absl::StatusOr<Store::Removed> removed = store_->Trim(clock_.Now());
  next_trim_ = absl::Now() + options_.trim_interval;
  if (!removed.ok()) return Latch(removed.status());
  TellOfRemoval(*removed);
}

void GroupCommitLog::TellOfRemoval(const Store::Removed& removed) {
  if (removed.oldest.has_value() && listener_ != nullptr) listener_->OnTrimmed(*removed.oldest);
  if (removed.more) next_trim_ = absl::Now();
}

void GroupCommitLog::Latch(const absl::Status& cause) {
  {
    MutexLock lock(&mutex_);
    if (!failure_.ok()) return;
    failure_ = absl::UnavailableError(cause.message());
  }
  Log(Severity::kError, absl::StrCat("the log takes nothing any more, until a restart: ", cause.message()));
  if (listener_ == nullptr) return;
  LogState state;
  state.writable = false;
  state.reason = std::string(cause.message());
  state.retry_after = kRetryAfterFailure;
  listener_->OnState(state);
}

}  // namespace ampstream
