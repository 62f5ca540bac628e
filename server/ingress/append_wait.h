#ifndef AMPSTREAM_SERVER_INGRESS_APPEND_WAIT_H_
#define AMPSTREAM_SERVER_INGRESS_APPEND_WAIT_H_

#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/event/new_event.h"
#include "server/log/event_log.h"

namespace ampstream {

// Appends a delivery with a deadline `timeout` from now, by the clock of the log, and waits for the log's answer that
// long, by the machine's own clock, and a moment more, by which every log has answered: else DEADLINE_EXCEEDED. Errors
// are those of EventLog::Append.
absl::StatusOr<std::vector<Appended>> AppendAndWait(EventLog& log, const Clock& clock, std::vector<NewEvent> delivery,
                                                    absl::Duration timeout);

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_INGRESS_APPEND_WAIT_H_
