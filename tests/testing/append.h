#ifndef AMPSTREAM_TESTS_TESTING_APPEND_H_
#define AMPSTREAM_TESTS_TESTING_APPEND_H_

#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/event/new_event.h"
#include "server/log/event_log.h"

namespace ampstream {

// Appends a delivery and waits for the log's answer, however long that takes.
absl::StatusOr<std::vector<Appended>> AppendOnce(EventLog& log, std::vector<NewEvent> delivery,
                                                 absl::Time deadline = absl::InfiniteFuture());

// The same, again and again as a sender does, until the log takes it; fails the test if it never does. So the order of
// two deliveries is the log's, not always that of the calls.
std::vector<Appended> Append(EventLog& log, const std::vector<NewEvent>& delivery);

}  // namespace ampstream

#endif  // AMPSTREAM_TESTS_TESTING_APPEND_H_
