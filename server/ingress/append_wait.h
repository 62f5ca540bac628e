#ifndef AMPSTREAM_SERVER_INGRESS_APPEND_WAIT_H_
#define AMPSTREAM_SERVER_INGRESS_APPEND_WAIT_H_

#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/event/new_event.h"
#include "server/log/event_log.h"

namespace ampstream {

// Appends a delivery and waits for the log's answer, until `deadline` and a moment more, by which every log has
// answered: DEADLINE_EXCEEDED. Errors are those of EventLog::Append.
absl::StatusOr<std::vector<Appended>> AppendAndWait(EventLog& log, std::vector<NewEvent> delivery, absl::Time deadline);

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_INGRESS_APPEND_WAIT_H_
