#ifndef AMPSTREAM_SERVER_HUB_FILTERED_CHUNKS_H_
#define AMPSTREAM_SERVER_HUB_FILTERED_CHUNKS_H_

#include <cstddef>
#include <memory>

#include "absl/container/flat_hash_map.h"
#include "server/base/mutex.h"
#include "server/filter/filter.h"
#include "server/log/chunk.h"

namespace ampstream {

struct KeyedChunk;

// What filters leave of a chunk, each made once for all subscriptions that share the filter: they send the same bytes.
// Holds at most as many bytes as the chunk. Thread-safe.
class FilteredChunks {
 public:
  // A chunk of the same place in the log with the events alone that match. Null: as much is held already as may be.
  SharedChunk Get(const KeyedChunk& keyed, const std::shared_ptr<const Filter>& filter);

 private:
  Mutex mutex_;
  absl::flat_hash_map<std::shared_ptr<const Filter>, SharedChunk> chunks_ ABSL_GUARDED_BY(mutex_);
  size_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_HUB_FILTERED_CHUNKS_H_
