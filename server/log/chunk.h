#ifndef AMPSTREAM_SERVER_LOG_CHUNK_H_
#define AMPSTREAM_SERVER_LOG_CHUNK_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/event/position.h"

namespace ampstream {

// Where one event stands in a chunk's bytes.
struct Entry {
  Position position;
  uint32_t offset;       // Of its frame: tag and length, as an element of field 1 of a SubscribeResponse.
  uint32_t size;         // Of frame and event together.
  uint32_t header_size;  // Of the frame alone.
};

// One commit group of the log, or a part of it. Immutable once made, and shared by all who send it.
struct Chunk {
  Position previous;           // The last position of the chunk before it: a gap is seen, not guessed.
  Position last;               // Safe to resume from after it; may lie beyond its last event.
  absl::Time log_time;         // Given by the log, never decreasing.
  std::vector<Entry> entries;  // In the order of their positions. May be empty.
  std::string bytes;  // (tag, length, v1.Event with cursor) ...: ready to be sent as field 1 of a SubscribeResponse.

  // An entry as an element of that field.
  absl::string_view Element(const Entry& entry) const {
    return absl::string_view(bytes).substr(entry.offset, entry.size);
  }

  // An entry's encoded v1.Event.
  absl::string_view Event(const Entry& entry) const { return Element(entry).substr(entry.header_size); }
};

using SharedChunk = std::shared_ptr<const Chunk>;

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_LOG_CHUNK_H_
