#ifndef AMPSTREAM_SERVER_LOG_STORE_H_
#define AMPSTREAM_SERVER_LOG_STORE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "server/event/event_id.h"
#include "server/event/position.h"
#include "server/log/chunk.h"
#include "server/log/event_log.h"

namespace ampstream {

// Where a log keeps its chunks: by position, with an index of their ids and one of their times; the oldest are removed
// beyond its retention. It is told the positions: a log gives them.
//
// One thread at a time adds and removes; the rest is thread-safe.
class Store {
 public:
  // An event of a chunk, for the indexes.
  struct Key {
    EventId id;
    absl::Time receive_time;
  };

  // What removal did.
  struct Removed {
    absl::optional<Position> oldest;  // Set if it moved on: the oldest place that can be resumed from.
    bool more = false;                // There is more to remove than one call does: call Trim again soon.
  };

  virtual ~Store() = default;

  // Adds the next chunk, all of it or nothing; `keys` are those of its entries, in their order. OK: kept as firmly as
  // this store keeps anything. Then removes what its retention no longer covers, as of the chunk's log time, but never
  // the newest chunk. An error: not known to be kept, and nothing will be added any more until the store is made anew.
  virtual absl::StatusOr<Removed> Add(const SharedChunk& chunk, const std::vector<Key>& keys) = 0;

  // Removes what its retention no longer covers, the newest chunk included where it is too old. Errors: as of Add.
  virtual absl::StatusOr<Removed> Trim(absl::Time now) = 0;

  // For each id, in their order: its newest position, if its chunk has this log time or a later one.
  using Positions = std::vector<absl::optional<Position>>;
  virtual absl::StatusOr<Positions> PositionsOf(absl::Span<const EventId> ids, absl::Time not_before) const = 0;

  // As EventLog has them.
  virtual absl::StatusOr<Position> Resolve(const StartAt& start) const = 0;
  virtual absl::StatusOr<ReadResult> Read(Position after, const ReadLimits& limits) const = 0;
  virtual absl::StatusOr<std::string> Find(const EventId& id) const = 0;

  // Without what only a log knows: its window and its limits.
  virtual LogInfo Info() const = 0;

  // Of the newest chunk there ever was; InfinitePast: there was none.
  virtual absl::Time log_time() const = 0;
};

// CURSOR_EXPIRED or CURSOR_FROM_THE_FUTURE, for what lies outside of [oldest, newest].
absl::Status CheckInRange(Position after, Position oldest, Position newest);

// EVENT_NOT_FOUND.
absl::Status NoSuchEvent(const EventId& id);

// The encoded event at a position that the chunk holds.
absl::string_view EventAt(const Chunk& chunk, Position position);

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_LOG_STORE_H_
