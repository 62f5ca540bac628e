#ifndef AMPSTREAM_SERVER_LOG_CHUNK_BUILDER_H_
#define AMPSTREAM_SERVER_LOG_CHUNK_BUILDER_H_

#include <cstddef>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/event/cursor.h"
#include "server/event/position.h"
#include "server/log/chunk.h"

namespace ampstream {

// Makes a chunk of encoded events: gives each its `cursor` field and the frame in which it is sent. Thread-compatible.
class ChunkBuilder {
 public:
  // `previous`: the last position of the chunk before.
  ChunkBuilder(Epoch epoch, Position previous);

  // So many events, of so many encoded bytes in all, will be added: their memory is taken once.
  void Reserve(size_t events, size_t bytes);

  // Adds an event, encoded without cursor. Positions must rise.
  void Add(Position position, absl::string_view encoded_event);

  // The chunk; the builder is used up. `last` is at or after the last position that was added.
  SharedChunk Build(Position last, absl::Time log_time) &&;

 private:
  const Epoch epoch_;
  Chunk chunk_;
};

// Gives each event of a chunk the cursor of another epoch, in place.
void SetCursors(Epoch epoch, Chunk* chunk);

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_LOG_CHUNK_BUILDER_H_
