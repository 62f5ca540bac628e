#ifndef AMPSTREAM_SERVER_LOG_EVENT_LOG_H_
#define AMPSTREAM_SERVER_LOG_EVENT_LOG_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "absl/types/variant.h"
#include "server/event/cursor.h"
#include "server/event/event_id.h"
#include "server/event/new_event.h"
#include "server/event/position.h"
#include "server/log/chunk.h"

namespace ampstream {

// What became of one event of a delivery.
struct Appended {
  enum class Outcome { kAccepted, kDuplicate };
  Outcome outcome;
  EventId id;
  Position position;  // Of a duplicate: the position of the event that was there.
};

// Whether a log can be used now.
struct LogState {
  bool writable = true;
  bool readable = true;
  std::string reason;          // For a person; empty while all is well.
  absl::Duration retry_after;  // When to try again; of use while not writable.
};

struct LogInfo {
  enum class Durability { kMemory, kDisk };

  Epoch epoch;
  Position oldest;  // All events in the log come after it; the oldest place that can be resumed from.
  Position newest;
  absl::optional<absl::Time> oldest_time;  // Receive time of the oldest event. Absent: the log is empty.
  absl::optional<absl::Time> newest_time;
  int64_t events = 0;
  int64_t bytes = 0;
  absl::Duration duplicate_window;
  Durability durability = Durability::kMemory;
  int64_t max_delivery_bytes = 0;  // Of encoded events in one Append.
};

// Where a subscription begins.
struct StartAtLatest {};
struct StartAtEarliest {};
struct StartAfter {
  Position position;
};
struct StartAtTime {
  absl::Time time;  // By receive time. May begin a little earlier: the caller drops what is too early.
};
struct StartAtLastN {
  uint32_t n;
  std::function<bool(absl::string_view encoded_event)> matches = nullptr;  // The last n of those; null: of all.
  // Asked now and then while they are looked for; false: nobody waits for the answer any more. Null: somebody does.
  std::function<bool()> wanted = nullptr;
};
using StartAt = absl::variant<StartAtLatest, StartAtEarliest, StartAfter, StartAtTime, StartAtLastN>;

struct ReadLimits {
  size_t max_chunks = 64;
  size_t max_bytes = 1 << 20;  // One chunk is given even if it alone is larger.
};

struct ReadResult {
  std::vector<SharedChunk> chunks;
  Position next;        // Read on from here; moves on past positions that hold nothing.
  bool at_end = false;  // Nothing was beyond `next` at the time of the call.
};

// The durable, ordered history: the seam between those who bring events and those who send them on. What is above it
// does not know which log it has.
//
// No order is promised between `done` and the listener, nor between two appends in flight. Thread-safe.
class EventLog {
 public:
  // Told of what happens to the log: one call at a time, on a thread of the log. Must not block, nor call the log.
  class Listener {
   public:
    virtual ~Listener() = default;

    // The chunks after Start's answer, in order: events of one's own and of others alike.
    virtual void OnCommitted(SharedChunk chunk) = 0;

    // The oldest place that can be resumed from has moved on.
    virtual void OnTrimmed(Position oldest) = 0;

    virtual void OnState(const LogState& state) = 0;
  };

  using Done = absl::AnyInvocable<void(absl::StatusOr<std::vector<Appended>>) &&>;

  virtual ~EventLog() = default;

  // Appends all events of a delivery or none. Never blocks. `done` is called exactly once, before the deadline, on a
  // thread of the log and never from inside Append (except by a log that has stopped, which refuses at once): it must
  // not block. OK: one Appended an event, in their order, durable as Info().durability says; an event whose id is in
  // the log and inside of the duplicate window, or earlier in the same delivery, is not appended again. An error
  // (UNAVAILABLE, RESOURCE_EXHAUSTED, DEADLINE_EXCEEDED): not known to be in the log, may turn up in it once.
  virtual void Append(std::vector<NewEvent> delivery, absl::Time deadline, Done done) = 0;

  // The place to read on from. OUT_OF_RANGE: expired (CURSOR_EXPIRED) or beyond the newest (CURSOR_FROM_THE_FUTURE).
  // May block.
  virtual absl::StatusOr<Position> Resolve(const StartAt& start) = 0;

  // Whole chunks after a position, in order; the first may begin before it. OUT_OF_RANGE, CURSOR_EXPIRED: events after
  // it were removed. May block.
  virtual absl::StatusOr<ReadResult> Read(Position after, const ReadLimits& limits) = 0;

  // The newest event of that id, encoded. NOT_FOUND, EVENT_NOT_FOUND. May block.
  virtual absl::StatusOr<std::string> Find(const EventId& id) = 0;

  // Reads nothing through; never blocks.
  virtual LogInfo Info() const = 0;

  // Begins to tell the listener, which must live until Stop has returned. Everything up to the answer is to be had from
  // Read, everything after it comes to the listener. Called once.
  virtual absl::StatusOr<Position> Start(Listener* listener) = 0;

  // Appends that wait are still committed, later ones refused (UNAVAILABLE). No call of a listener or a `done` is under
  // way or comes after it returned.
  virtual void Stop(absl::Time deadline) = 0;
};

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_LOG_EVENT_LOG_H_
