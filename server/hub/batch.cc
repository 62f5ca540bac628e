#include "server/hub/batch.h"

#include <algorithm>

namespace ampstream {
namespace {

// Adds an entry, as part of the last piece where it follows on that.
void AddEntry(const SharedChunk& chunk, const Entry& entry, Batch* batch) {
  ++batch->events;
  batch->bytes += entry.size;
  if (!batch->pieces.empty()) {
    Batch::Piece& last = batch->pieces.back();
    if (last.chunk == chunk && last.offset + last.size == entry.offset) {
      last.size += entry.size;
      return;
    }
  }
  batch->pieces.push_back({chunk, entry.offset, entry.size});
}

}  // namespace

bool AddMatching(const KeyedChunk& keyed, const Selection& selection, const BatchLimits& limits, Batch* batch) {
  const std::vector<Entry>& entries = keyed.chunk->entries;
  const bool wants_all = selection.WantsAll();
  const auto first = std::partition_point(entries.begin(), entries.end(),
                                          [&](const Entry& entry) { return entry.position <= batch->resume; });
  for (auto entry = first; entry != entries.end(); ++entry) {
    if (entry->position > limits.last) break;
    if (wants_all ||
        selection.Wants(keyed.keys[static_cast<size_t>(entry - entries.begin())], keyed.chunk->Event(*entry))) {
      const bool full = batch->events >= limits.max_events || batch->bytes + entry->size > limits.max_bytes;
      if (full && batch->events > 0) return false;
      AddEntry(keyed.chunk, *entry, batch);
    }
    batch->resume = entry->position;
  }
  batch->resume = std::max(batch->resume, std::min(keyed.chunk->last, limits.last));
  return batch->events < limits.max_events && batch->bytes < limits.max_bytes && batch->resume < limits.last;
}

}  // namespace ampstream
