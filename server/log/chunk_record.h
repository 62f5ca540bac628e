#ifndef AMPSTREAM_SERVER_LOG_CHUNK_RECORD_H_
#define AMPSTREAM_SERVER_LOG_CHUNK_RECORD_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/event/cursor.h"
#include "server/event/position.h"
#include "server/log/chunk.h"

// How a chunk stands on disk, under its last position: a header, then its bytes just as they are sent.
//
//   header = previous (8), log time (8), epoch (8), number of entries (varint), then for each entry:
//            position less the one before it (varint; the first: less `previous`), size (varint)
namespace ampstream {

// What goes before chunk.bytes.
std::string EncodeChunkHeader(const Chunk& chunk, Epoch epoch);

// From header and bytes. A chunk that was written under another epoch gets its cursors anew. DATA_LOSS: not a chunk.
absl::StatusOr<SharedChunk> DecodeChunk(absl::string_view record, Position last, Epoch epoch);

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_LOG_CHUNK_RECORD_H_
