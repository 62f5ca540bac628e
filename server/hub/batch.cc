#include "server/hub/batch.h"

#include <algorithm>

#include "absl/functional/function_ref.h"

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

// `wants` is asked of entries by their index.
bool Add(const SharedChunk& chunk, absl::FunctionRef<bool(size_t i)> wants, const BatchLimits& limits, Batch* batch) {
  const std::vector<Entry>& entries = chunk->entries;
  const auto first = std::partition_point(entries.begin(), entries.end(),
                                          [&](const Entry& entry) { return entry.position <= batch->resume; });
  for (auto entry = first; entry != entries.end(); ++entry) {
    if (entry->position > limits.last) break;
    if (wants(static_cast<size_t>(entry - entries.begin()))) {
      const bool full = batch->events >= limits.max_events || batch->bytes + entry->size > limits.max_bytes;
      if (full && batch->events > 0) return false;
      AddEntry(chunk, *entry, batch);
    }
    batch->resume = entry->position;
  }
  batch->resume = std::max(batch->resume, std::min(chunk->last, limits.last));
  return batch->events < limits.max_events && batch->bytes < limits.max_bytes && batch->resume < limits.last;
}

}  // namespace

bool AddMatching(const KeyedChunk& keyed, const Selection& selection, const BatchLimits& limits, Batch* batch) {
  const bool wants_all = selection.WantsAll();
  const auto wants = [&](size_t i) {
    return wants_all || selection.Wants(keyed.keys[i], keyed.chunk->Event(keyed.chunk->entries[i]));
  };
  return Add(keyed.chunk, wants, limits, batch);
}

bool AddAll(const SharedChunk& chunk, const BatchLimits& limits, Batch* batch) {
  return Add(
      chunk, [](size_t) { return true; }, limits, batch);
}

}  // namespace ampstream
