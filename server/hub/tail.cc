#include "server/hub/tail.h"

#include <algorithm>
#include <utility>

namespace ampstream {
namespace {

// What a chunk takes: its bytes, and the entry and keys of each event.
int64_t MemoryOf(const KeyedChunk& keyed) {
  return static_cast<int64_t>(keyed.chunk->bytes.size() + keyed.keys.size() * (sizeof(Entry) + sizeof(EventKeys)));
}

}  // namespace

void Tail::Restart(Position end) {
  chunks_.clear();
  bytes_ = 0;
  begin_ = end;
  end_ = end;
}

void Tail::Append(SharedKeyedChunk chunk) {
  if (chunk->chunk->previous != end_) Restart(chunk->chunk->previous);
  end_ = chunk->chunk->last;
  bytes_ += MemoryOf(*chunk);
  chunks_.push_back(std::move(chunk));
  while (bytes_ > max_bytes_ && chunks_.size() > 1) RemoveOldest();
}

void Tail::Prepend(const std::vector<SharedKeyedChunk>& older) {
  for (auto chunk = older.rbegin(); chunk != older.rend(); ++chunk) {
    if ((*chunk)->chunk->last != begin_ || bytes_ + MemoryOf(**chunk) > max_bytes_) return;
    bytes_ += MemoryOf(**chunk);
    begin_ = (*chunk)->chunk->previous;
    chunks_.push_front(*chunk);
  }
}

void Tail::RemoveOldest() {
  begin_ = chunks_.front()->chunk->last;
  bytes_ -= MemoryOf(*chunks_.front());
  chunks_.pop_front();
}

void Tail::After(Position position, size_t max_chunks, std::vector<SharedKeyedChunk>* out) const {
  const auto first = std::partition_point(
      chunks_.begin(), chunks_.end(), [&](const SharedKeyedChunk& keyed) { return keyed->chunk->last <= position; });
  const size_t count = std::min<size_t>(max_chunks, static_cast<size_t>(chunks_.end() - first));
  out->insert(out->end(), first, first + static_cast<std::ptrdiff_t>(count));
}

}  // namespace ampstream
