#ifndef AMPSTREAM_SERVER_HUB_KEYED_CHUNK_H_
#define AMPSTREAM_SERVER_HUB_KEYED_CHUNK_H_

#include <memory>
#include <vector>

#include "server/event/event_keys.h"
#include "server/filter/filter.h"
#include "server/hub/filtered_chunks.h"
#include "server/log/chunk.h"

namespace ampstream {

// A chunk with what filters ask of its events, found once for all subscriptions. Immutable and shared.
struct KeyedChunk {
  explicit KeyedChunk(SharedChunk taken) : chunk(std::move(taken)) {
    keys.reserve(chunk->entries.size());
    for (const Entry& entry : chunk->entries) keys.push_back(KeysOf(chunk->Event(entry)));
  }

  // Without keys, for a selection that asks for none.
  static KeyedChunk WithoutKeys(SharedChunk taken) {
    KeyedChunk keyed;
    keyed.chunk = std::move(taken);
    return keyed;
  }

  // What the filter, which several subscriptions share, leaves of it; null: it is to be asked of each event.
  SharedChunk Filtered(const std::shared_ptr<const Filter>& filter) const { return filtered_->Get(*this, filter); }

  SharedChunk chunk;
  std::vector<EventKeys> keys;  // Of its entries, in their order; views into its bytes.

 private:
  KeyedChunk() = default;

  const std::shared_ptr<FilteredChunks> filtered_ = std::make_shared<FilteredChunks>();
};

using SharedKeyedChunk = std::shared_ptr<const KeyedChunk>;

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_HUB_KEYED_CHUNK_H_
