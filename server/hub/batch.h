#ifndef AMPSTREAM_SERVER_HUB_BATCH_H_
#define AMPSTREAM_SERVER_HUB_BATCH_H_

#include <cstdint>
#include <limits>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "server/event/position.h"
#include "server/filter/filter.h"
#include "server/hub/keyed_chunk.h"
#include "server/log/chunk.h"

namespace ampstream {

// What one response carries: matching events as they stand in their chunks, where to resume, and what happened after
// them. Bears no bytes of its own.
struct Batch {
  // A run of matching events next to each other in one chunk.
  struct Piece {
    SharedChunk chunk;
    size_t offset;
    size_t size;

    absl::string_view bytes() const { return absl::string_view(chunk->bytes).substr(offset, size); }
  };

  std::vector<Piece> pieces;
  int64_t events = 0;
  size_t bytes = 0;
  Position resume;
  bool caught_up = false;
  bool fell_behind = false;
  absl::optional<absl::Status> end;  // The subscription has come to its end; OK: a stop condition held.

  // Whether a response is due.
  bool HasNews() const { return events > 0 || caught_up || fell_behind || end.has_value(); }
};

struct BatchLimits {
  int64_t max_events = 1024;
  size_t max_bytes = 256 << 10;                                    // One event is taken even if it alone is larger.
  Position last = Position(std::numeric_limits<uint64_t>::max());  // Nothing beyond it is taken.
};

// Which events a subscription wants.
struct Selection {
  std::shared_ptr<const Filter> filter;
  absl::Time not_before = absl::InfinitePast();  // By receive time.

  // Whether no event's keys need to be asked.
  bool WantsAll() const { return not_before == absl::InfinitePast() && filter->MatchesAll(); }

  // `keys` are those of the event.
  bool Wants(const EventKeys& keys, absl::string_view encoded_event) const {
    return keys.receive_time >= not_before && filter->Matches(keys, encoded_event);
  }
};

// Adds to `batch` what `selection` wants of the events after `batch->resume`, and moves that on; stops at the limits.
// The chunk may be without keys if the selection wants all. False: the batch is full.
bool AddMatching(const KeyedChunk& keyed, const Selection& selection, const BatchLimits& limits, Batch* batch);

// The same of a chunk all of whose events are wanted.
bool AddAll(const SharedChunk& chunk, const BatchLimits& limits, Batch* batch);

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_HUB_BATCH_H_
