#include "server/log/memory_log.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "server/log/chunk_builder.h"

namespace ampstream {
namespace {

constexpr int kIndexBits = 16;  // A position is (group << 16 | index).
constexpr size_t kMaxDeliveryEvents = (1 << kIndexBits) - 1;
constexpr size_t kFullGroupEvents = 1024;     // A group takes no further delivery beyond this,
constexpr int64_t kFullGroupBytes = 1 << 20;  // nor beyond this: what is shared as one chunk is kept as one.
constexpr int64_t kMaxDeliveryBytes = 64 << 20;

int64_t BytesOf(const std::vector<NewEvent>& events) {
  int64_t bytes = 0;
  for (const NewEvent& event : events) bytes += static_cast<int64_t>(event.encoded.size());
  return bytes;
}

}  // namespace

// One commit group while it is made.
class MemoryLog::Group {
 public:
  Group(MemoryLog& log, uint64_t number, absl::Time log_time)
      : log_(log),
        first_(number << kIndexBits),
        log_time_(log_time),
        window_start_(log_time - log.options_.duplicate_window),
        builder_(log.epoch_, log.newest_) {}

  void Reserve(const std::vector<Waiting>& deliveries) {
    size_t events = 0;
    size_t bytes = 0;
    for (const Waiting& waiting : deliveries) {
      if (!waiting.refusal.ok()) continue;
      events += waiting.events.size();
      bytes += static_cast<size_t>(waiting.bytes);
    }
    builder_.Reserve(events, bytes);
  }

  Appended Add(const NewEvent& event) {
    const auto in_group = positions_.find(event.id);
    if (in_group != positions_.end()) return {Appended::Outcome::kDuplicate, event.id, in_group->second};
    const absl::optional<Position> in_store = log_.store_.PositionOf(event.id, window_start_);
    if (in_store.has_value()) return {Appended::Outcome::kDuplicate, event.id, *in_store};
    last_ = Position(first_ | keys_.size());
    builder_.Add(last_, event.encoded);
    positions_.emplace(event.id, last_);
    keys_.push_back({event.id, event.receive_time});
    return {Appended::Outcome::kAccepted, event.id, last_};
  }

  bool empty() const { return keys_.empty(); }
  const std::vector<MemoryStore::Key>& keys() const { return keys_; }
  SharedChunk Build() { return std::move(builder_).Build(last_, log_time_); }

 private:
  MemoryLog& log_;
  const uint64_t first_;
  const absl::Time log_time_;
  const absl::Time window_start_;
  ChunkBuilder builder_;
  Position last_;
  absl::flat_hash_map<EventId, Position> positions_;
  std::vector<MemoryStore::Key> keys_;
};

MemoryLog::MemoryLog(const Options& options, const Clock& clock)
    : options_(options), clock_(clock), epoch_(Epoch::Random()), store_(epoch_, options.max_bytes), thread_([this] {
        CommitLoop();
      }) {}

MemoryLog::~MemoryLog() { Stop(absl::InfiniteFuture()); }

void MemoryLog::Append(std::vector<NewEvent> delivery, absl::Time deadline, Done done) {
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

absl::Status MemoryLog::Refusal(const Waiting& waiting) const {
  if (stopping_) return absl::UnavailableError("the log has stopped");
  if (waiting.events.size() > kMaxDeliveryEvents || waiting.bytes > kMaxDeliveryBytes) {
    return absl::ResourceExhaustedError(
        absl::StrCat("a delivery may hold ", kMaxDeliveryEvents, " events and ", kMaxDeliveryBytes, " bytes"));
  }
  if (waiting_bytes_ + waiting.bytes > options_.max_waiting_bytes) {
    return absl::ResourceExhaustedError(
        absl::StrCat("more than ", options_.max_waiting_bytes, " bytes of deliveries wait for the log"));
  }
  return absl::OkStatus();
}

absl::StatusOr<Position> MemoryLog::Start(Listener* listener) {
  Starting starting;
  starting.listener = listener;
  MutexLock lock(&mutex_);
  if (stopping_) return absl::UnavailableError("the log has stopped");
  starting_ = &starting;
  work_.Signal();
  while (!starting.answer.has_value()) started_.Wait(&mutex_);
  return *starting.answer;
}

void MemoryLog::Stop(absl::Time) {
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
    work_.Signal();
  }
  if (thread_.joinable()) thread_.join();
}

LogInfo MemoryLog::Info() const {
  LogInfo info = store_.Info();
  info.duplicate_window = options_.duplicate_window;
  info.durability = LogInfo::Durability::kMemory;
  info.max_delivery_bytes = kMaxDeliveryBytes;
  return info;
}

void MemoryLog::CommitLoop() {
  for (std::vector<Waiting> group; WaitForWork(&group); group.clear()) {
    if (!group.empty()) Commit(std::move(group));
  }
}

bool MemoryLog::WaitForWork(std::vector<Waiting>* group) {
  MutexLock lock(&mutex_);
  while (waiting_.empty() && starting_ == nullptr && !stopping_) work_.Wait(&mutex_);
  if (starting_ != nullptr) AnswerStarting();
  TakeGroup(group);
  ended_ = group->empty() && stopping_;
  return !ended_;
}

void MemoryLog::AnswerStarting() {
  listener_ = starting_->listener;
  starting_->answer = newest_;
  starting_ = nullptr;
  started_.SignalAll();
}

void MemoryLog::TakeGroup(std::vector<Waiting>* group) {
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
  }
}

void MemoryLog::Commit(std::vector<Waiting> deliveries) {
  log_time_ = std::max(log_time_, clock_.Now());
  Group group(*this, last_group_ + 1, log_time_);
  group.Reserve(deliveries);
  std::vector<absl::StatusOr<std::vector<Appended>>> answers;
  for (const Waiting& waiting : deliveries) {
    if (!waiting.refusal.ok()) {
      answers.push_back(waiting.refusal);
      continue;
    }
    if (waiting.deadline <= log_time_) {
      answers.push_back(absl::DeadlineExceededError("the log did not get to the delivery in time"));
      continue;
    }
    std::vector<Appended>& appended = *answers.emplace_back(std::vector<Appended>());
    for (const NewEvent& event : waiting.events) appended.push_back(group.Add(event));
  }
  if (!group.empty()) {
    ++last_group_;
    Publish(group.Build(), group.keys());
  }
  for (size_t i = 0; i < deliveries.size(); ++i) std::move(deliveries[i].done)(std::move(answers[i]));
}

void MemoryLog::Publish(SharedChunk chunk, const std::vector<MemoryStore::Key>& keys) {
  newest_ = chunk->last;
  const absl::optional<Position> oldest = store_.Add(chunk, keys);
  if (listener_ == nullptr) return;
  listener_->OnCommitted(std::move(chunk));
  if (oldest.has_value()) listener_->OnTrimmed(*oldest);
}

}  // namespace ampstream
