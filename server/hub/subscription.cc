#include "server/hub/subscription.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace ampstream {
namespace {

constexpr size_t kChunksAtOnce = 64;
constexpr size_t kReadBytes = 256 << 10;  // A batch's worth: what is not used stays in memory until it is.

// How many reads without a match a reader thread does for one subscription before it lets others have their turn.
constexpr int kReadsAtOnce = 8;

}  // namespace

Subscription::Subscription(SubscriptionOptions options, Position position, Position target, std::function<void()> wake,
                           EventLog& log, LiveEnd& live, ReaderPool& readers)
    : options_(std::move(options)),
      wake_(std::move(wake)),
      log_(log),
      live_(live),
      readers_(readers),
      place_(live.Join(options_.selection.filter)),
      position_(position),
      target_(target) {}

absl::optional<Batch> Subscription::Pull() {
  MutexLock lock(&mutex_);
  Batch batch;
  batch.resume = position_;
  while (!ended_ && Collect(&batch)) {
    Accept(&batch);
    if (!ended_ && !caught_up_ && reading_ == Reading::kNo && live_.IsBehind(position_)) StartReading();
    if (batch.HasNews()) return batch;
  }
  return absl::nullopt;
}

bool Subscription::Collect(Batch* batch) {
  if (!caught_up_ && position_ >= target_) return true;  // Accept says so.
  switch (reading_) {
    case Reading::kUnderWay:
      return false;
    case Reading::kReady:
      reading_ = Reading::kNo;
      *batch = std::exchange(read_ahead_, Batch());
      return true;
    case Reading::kNo:
      return CollectFromTail(batch);
  }
  return false;
}

bool Subscription::CollectFromTail(Batch* batch) {
  std::vector<SharedKeyedChunk> chunks;
  switch (live_.Take(&batch->resume, kChunksAtOnce, shared_from_this(), &place_, &chunks)) {
    case LiveEnd::Answer::kWaiting:
      return false;
    case LiveEnd::Answer::kBehind:
      return LeaveTail(batch);
    case LiveEnd::Answer::kTaken:
      break;
  }
  unused_.clear();
  const BatchLimits limits = Limits();
  for (const SharedKeyedChunk& chunk : chunks) {
    if (!AddFromTail(*chunk, limits, batch)) break;
  }
  return true;
}

// Those who ask for the same share what the filter leaves of a chunk.
bool Subscription::AddFromTail(const KeyedChunk& chunk, const BatchLimits& limits, Batch* batch) const {
  const Selection& selection = options_.selection;
  const bool shares = place_.IsShared() && selection.not_before == absl::InfinitePast() && !selection.WantsAll();
  const SharedChunk filtered = shares ? chunk.Filtered(place_.filter()) : nullptr;
  return filtered != nullptr ? AddAll(filtered, limits, batch) : AddMatching(chunk, selection, limits, batch);
}

bool Subscription::LeaveTail(Batch* batch) {
  if (caught_up_) {
    caught_up_ = false;
    target_ = live_.end();
    batch->fell_behind = true;
    return true;
  }
  StartReading();
  return false;
}

void Subscription::StartReading() {
  reading_ = Reading::kUnderWay;
  readers_.Run([self = shared_from_this()] { self->ReadAhead(); });
}

void Subscription::Accept(Batch* batch) {
  position_ = batch->resume;
  given_ += batch->events;
  if (!caught_up_ && position_ >= target_ && !batch->end.has_value()) {
    caught_up_ = true;
    batch->caught_up = true;
    if (options_.until_caught_up) batch->end = absl::OkStatus();
  }
  if (options_.max_events > 0 && given_ >= options_.max_events) batch->end = absl::OkStatus();
  ended_ = batch->end.has_value();
}

BatchLimits Subscription::Limits() const {
  BatchLimits limits = options_.limits;
  if (options_.max_events > 0) limits.max_events = std::min(limits.max_events, options_.max_events - given_);
  if (options_.until_caught_up) limits.last = target_;
  return limits;
}

void Subscription::ReadAhead() {
  Batch batch;
  BatchLimits limits;
  std::deque<SharedChunk> unused;
  {
    MutexLock lock(&mutex_);
    if (ended_) return;
    batch.resume = position_;
    limits = Limits();
    unused.swap(unused_);
  }
  ReadInto(limits, &unused, &batch);
  {
    MutexLock lock(&mutex_);
    read_ahead_ = std::move(batch);
    unused_.swap(unused);
    reading_ = Reading::kReady;
  }
  Wake();
}

void Subscription::ReadInto(const BatchLimits& limits, std::deque<SharedChunk>* unused, Batch* batch) {
  if (!Use(limits, unused, batch)) return;
  ReadLimits read_limits;
  read_limits.max_bytes = kReadBytes;
  for (int reads = 0; reads < kReadsAtOnce; ++reads) {
    const absl::StatusOr<ReadResult> result = log_.Read(batch->resume, read_limits);
    if (!result.ok()) {
      // What was found before it is given first; the next read says again what is wrong.
      if (batch->events == 0) batch->end = result.status();
      return;
    }
    unused->assign(result->chunks.begin(), result->chunks.end());
    if (!Use(limits, unused, batch)) return;
    batch->resume = std::max(batch->resume, std::min(result->next, limits.last));
    if (result->at_end) return;
  }
}

// Makes chunks part of the batch. False: it is full, and what is left of them is for the next one.
bool Subscription::Use(const BatchLimits& limits, std::deque<SharedChunk>* unused, Batch* batch) const {
  const bool wants_all = options_.selection.WantsAll();
  while (!unused->empty()) {
    const SharedChunk& chunk = unused->front();
    const KeyedChunk keyed = wants_all ? KeyedChunk::WithoutKeys(chunk) : KeyedChunk(chunk);
    const bool has_room = AddMatching(keyed, options_.selection, limits, batch);
    if (batch->resume < chunk->last) return false;
    unused->pop_front();
    if (!has_room) return false;
  }
  return true;
}

Position Subscription::position() const {
  MutexLock lock(&mutex_);
  const bool is_at_tail = caught_up_ && !ended_ && reading_ == Reading::kNo;
  return is_at_tail ? live_.PositionOf(position_, place_) : position_;
}

bool Subscription::live() const {
  MutexLock lock(&mutex_);
  return caught_up_ && !ended_;
}

void Subscription::Cancel() {
  MutexLock lock(&mutex_);
  ended_ = true;
  live_.Forget(&place_);
}

}  // namespace ampstream
