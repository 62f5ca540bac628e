#include "server/log/memory_store.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "server/base/status_macros.h"

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

absl::StatusOr<Store::Removed> MemoryStore::Add(const SharedChunk& chunk, const std::vector<Key>& keys) {
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
  stored_.push_back({chunk, keys, newest_receive_time});
  const Position oldest = oldest_;
  while (memory_ > max_bytes_ && stored_.size() > 1) RemoveOldest();
  Removed removed;
  if (oldest_ != oldest) removed.oldest = oldest_;
  return removed;
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

absl::StatusOr<Store::Positions> MemoryStore::PositionsOf(absl::Span<const EventId> ids, absl::Time not_before) const {
  Positions positions(ids.size());
  MutexLock lock(&mutex_);
  for (size_t i = 0; i < ids.size(); ++i) {
    const auto found = index_.find(ids[i]);
    if (found != index_.end() && found->second.log_time >= not_before) positions[i] = found->second.position;
  }
  return positions;
}

std::deque<MemoryStore::Stored>::const_iterator MemoryStore::FirstAfter(Position position) const {
  return std::partition_point(stored_.begin(), stored_.end(),
                              [&](const Stored& stored) { return stored.chunk->last <= position; });
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
    AMPSTREAM_RETURN_IF_ERROR(CheckInRange(after->position, oldest_, newest_));
    return after->position;
  }
  return newest_;
}

absl::StatusOr<ReadResult> MemoryStore::Read(Position after, const ReadLimits& limits) const {
  MutexLock lock(&mutex_);
  AMPSTREAM_RETURN_IF_ERROR(CheckInRange(after, oldest_, newest_));
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
  if (found == index_.end()) return NoSuchEvent(id);
  const Position position = found->second.position;
  const auto stored = std::partition_point(stored_.begin(), stored_.end(),
                                           [&](const Stored& candidate) { return candidate.chunk->last < position; });
  return std::string(EventAt(*stored->chunk, position));
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

absl::Time MemoryStore::log_time() const {
  MutexLock lock(&mutex_);
  return stored_.empty() ? absl::InfinitePast() : stored_.back().chunk->log_time;
}

}  // namespace ampstream
