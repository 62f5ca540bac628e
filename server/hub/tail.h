#ifndef AMPSTREAM_SERVER_HUB_TAIL_H_
#define AMPSTREAM_SERVER_HUB_TAIL_H_

#include <cstdint>
#include <deque>
#include <vector>

#include "server/event/position.h"
#include "server/hub/keyed_chunk.h"

namespace ampstream {

// The newest part of the log, in memory: chunks without a gap between them, the oldest removed beyond a size.
// Thread-compatible.
class Tail {
 public:
  // Empty, and standing at `end`.
  Tail(Position end, int64_t max_bytes) : begin_(end), end_(end), max_bytes_(max_bytes) {}

  // Empty again, and standing at `end`.
  void Restart(Position end);

  // Adds the next chunk. One that does not follow on the last (a gap, or a repetition of what is there) starts the tail
  // anew with itself.
  void Append(SharedKeyedChunk chunk);

  // Adds chunks that come before those that are here, the newest of them last, as far as there is room.
  void Prepend(const std::vector<SharedKeyedChunk>& older);

  // All events after this position and up to end() are here.
  Position begin() const { return begin_; }
  Position end() const { return end_; }

  // Adds the chunks that hold something after `position`, at most `max_chunks` of them. The position must not lie
  // before begin().
  void After(Position position, size_t max_chunks, std::vector<SharedKeyedChunk>* out) const;

 private:
  void RemoveOldest();

  std::deque<SharedKeyedChunk> chunks_;
  Position begin_;
  Position end_;
  int64_t bytes_ = 0;
  const int64_t max_bytes_;
};

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_HUB_TAIL_H_
