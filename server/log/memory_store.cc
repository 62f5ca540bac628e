#include "server/log/memory_store.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "server/base/status_macros.h"
#include "server/event/error.h"

namespace ampstream {
namespace {

// What an event takes beyond its bytes: its entry, its key, and its slot in a hash table that is between 7/16 and 7/8
// full.
constexpr int64_t kMemoryPerEvent = sizeof(Entry) + sizeof(MemoryStore::Key) + 2 * 48;
constexpr int64_t kMemoryPerChunk = 256;

int64_t MemoryOf(const Chunk& chunk) {
  return static_cast<int64_t>(chunk.bytes.capacity() + chunk.entries.size() * kMemoryPerEvent + kMemoryPerChunk);
}

}  // namespace

MemoryStore::MemoryStore(Epoch epoch, int64_t max_bytes) : epoch_(epoch), max_bytes_(max_bytes) {}

absl::optional<Position> MemoryStore::Add(SharedChunk chunk, const std::vector<Key>& keys) {
  MutexLock lock(&mutex_);
  absl::Time newest_receive_time = stored_.empty() ? absl::InfinitePast() : stored_.back().newest_receive_time;
  for (size_t i = 0; i < keys.size(); ++i) {
    index_[keys[i].id] = {chunk->entries[i].position, chunk->log_time};
    newest_receive_time = std::max(newest_receive_time, keys[i].receive_time);
  }
  newest_ = chunk->last;
  events_ += static_cast<int64_t>(chunk->entries.size());
  bytes_ += static_cast<int64_t>(chunk->bytes.size());
  memory_ += MemoryOf(*chunk);
  stored_.push_back({std::move(chunk), keys, newest_receive_time});
  const Position oldest = oldest_;
  while (memory_ > max_bytes_ && stored_.size() > 1) RemoveOldest();
  if (oldest_ == oldest) return absl::nullopt;
  return oldest_;
}

void MemoryStore::RemoveOldest() {
  const Stored& stored = stored_.front();
  const Chunk& chunk = *stored.chunk;
  for (size_t i = 0; i < stored.keys.size(); ++i) {
    const auto found = index_.find(stored.keys[i].id);
    // An id that stands twice is indexed at its newer place.
    if (found != index_.end() && found->second.position == chunk.entries[i].position) index_.erase(found);
  }
  oldest_ = chunk.last;
  events_ -= static_cast<int64_t>(chunk.entries.size());
  bytes_ -= static_cast<int64_t>(chunk.bytes.size());
  memory_ -= MemoryOf(chunk);
  stored_.pop_front();
}

absl::optional<Position> MemoryStore::PositionOf(const EventId& id, absl::Time not_before) const {
  MutexLock lock(&mutex_);
  const auto found = index_.find(id);
  if (found == index_.end() || found->second.log_time < not_before) return absl::nullopt;
  return found->second.position;
}

std::deque<MemoryStore::Stored>::const_iterator MemoryStore::FirstAfter(Position position) const {
  return std::partition_point(stored_.begin(), stored_.end(),
                              [&](const Stored& stored) { return stored.chunk->last <= position; });
}

absl::Status MemoryStore::CheckInRange(Position after) const {
  if (after < oldest_) {
    return MakeError(absl::StatusCode::kOutOfRange, v1::ERROR_REASON_CURSOR_EXPIRED,
                     "cursor: expired; events after it were removed from the log");
  }
  if (after > newest_) {
    return MakeError(absl::StatusCode::kOutOfRange, v1::ERROR_REASON_CURSOR_FROM_THE_FUTURE,
                     "cursor: beyond the newest event of the log");
  }
  return absl::OkStatus();
}

Position MemoryStore::BeforeLast(const StartAtLastN& last) const {
  std::vector<SharedChunk> chunks;
  Position before_all;
  {
    // A copy, because matching every event under the lock would hold up whoever appends.
    MutexLock lock(&mutex_);
    before_all = oldest_;
    chunks.reserve(stored_.size());
    for (const Stored& stored : stored_) chunks.push_back(stored.chunk);
  }
  uint32_t left = last.n;
  for (auto chunk = chunks.rbegin(); chunk != chunks.rend(); ++chunk) {
    if (last.wanted && !last.wanted()) return before_all;
    for (auto entry = (*chunk)->entries.rbegin(); entry != (*chunk)->entries.rend(); ++entry) {
      if (left == 0) return entry->position;
      if (!last.matches || last.matches((*chunk)->Event(*entry))) --left;
    }
    if (left == 0) return (*chunk)->previous;
  }
  return before_all;
}

Position MemoryStore::BeforeTime(absl::Time time) const {
  const auto first = std::partition_point(stored_.begin(), stored_.end(),
                                          [&](const Stored& stored) { return stored.newest_receive_time < time; });
  return first == stored_.end() ? newest_ : first->chunk->previous;
}

absl::StatusOr<Position> MemoryStore::Resolve(const StartAt& start) const {
  const auto* const last = absl::get_if<StartAtLastN>(&start);
  const Position before_last = last != nullptr && last->n > 0 ? BeforeLast(*last) : Position();
  MutexLock lock(&mutex_);
  if (last != nullptr && last->n > 0) return std::max(oldest_, before_last);
  if (absl::holds_alternative<StartAtEarliest>(start)) return oldest_;
  if (const auto* at = absl::get_if<StartAtTime>(&start)) return std::max(oldest_, BeforeTime(at->time));
  if (const auto* after = absl::get_if<StartAfter>(&start)) {
    AMPSTREAM_RETURN_IF_ERROR(CheckInRange(after->position));
    return after->position;
  }
  return newest_;
}

absl::StatusOr<ReadResult> MemoryStore::Read(Position after, const ReadLimits& limits) const {
  MutexLock lock(&mutex_);
  AMPSTREAM_RETURN_IF_ERROR(CheckInRange(after));
  ReadResult result;
  result.next = after;
  size_t bytes = 0;
  auto stored = FirstAfter(after);
  for (; stored != stored_.end() && result.chunks.size() < limits.max_chunks; ++stored) {
    bytes += stored->chunk->bytes.size();
    if (bytes > limits.max_bytes && !result.chunks.empty()) break;
    result.chunks.push_back(stored->chunk);
    result.next = stored->chunk->last;
  }
  result.at_end = stored == stored_.end();
  return result;
}

absl::StatusOr<std::string> MemoryStore::Find(const EventId& id) const {
  MutexLock lock(&mutex_);
  const auto found = index_.find(id);
  if (found == index_.end()) {
    return MakeError(absl::StatusCode::kNotFound, v1::ERROR_REASON_EVENT_NOT_FOUND,
                     absl::StrCat("id: the log holds no event ", id.ToString()));
  }
  const Position position = found->second.position;
  const Chunk& chunk = *std::partition_point(stored_.begin(), stored_.end(), [&](const Stored& stored) {
                          return stored.chunk->last < position;
                        })->chunk;
  const auto entry = std::partition_point(chunk.entries.begin(), chunk.entries.end(),
                                          [&](const Entry& candidate) { return candidate.position < position; });
  return std::string(chunk.Event(*entry));
}

LogInfo MemoryStore::Info() const {
  MutexLock lock(&mutex_);
  LogInfo info;
  info.epoch = epoch_;
  info.oldest = oldest_;
  info.newest = newest_;
  info.events = events_;
  info.bytes = bytes_;
  const auto has_keys = [](const Stored& stored) { return !stored.keys.empty(); };
  const auto oldest = std::find_if(stored_.begin(), stored_.end(), has_keys);
  const auto newest = std::find_if(stored_.rbegin(), stored_.rend(), has_keys);
  if (oldest != stored_.end()) info.oldest_time = oldest->keys.front().receive_time;
  if (newest != stored_.rend()) info.newest_time = newest->keys.back().receive_time;
  return info;
}

}  // namespace ampstream
