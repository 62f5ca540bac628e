#ifndef AMPSTREAM_SERVER_RPC_HEARTBEAT_SCHEDULE_H_
#define AMPSTREAM_SERVER_RPC_HEARTBEAT_SCHEDULE_H_

#include <cstdint>

#include "absl/time/time.h"

namespace ampstream {

// When a silent stream is due for a heartbeat: more than half an interval after its last write, and at most a whole
// one; once an interval while it stays silent. Where in that half differs from stream to stream, so that those which
// have written at the same time (as all do that get the same event, or come back after a restart) do not beat at the
// same time; but there are only so many places, because waking a server for each of thousands costs more than the
// heartbeats do. A value.
class HeartbeatSchedule {
 public:
  // `stream`: a number that no other stream has lately had.
  HeartbeatSchedule(absl::Duration interval, uint64_t stream);

  absl::Time DueAfter(absl::Time last_write) const;

 private:
  // Heartbeats are due at the times `phase_` plus a multiple of `step_`, half an interval, since 1970.
  absl::Duration step_;
  absl::Duration phase_;
};

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_RPC_HEARTBEAT_SCHEDULE_H_
