#ifndef AMPSTREAM_SERVER_RPC_EVENT_PAGE_H_
#define AMPSTREAM_SERVER_RPC_EVENT_PAGE_H_

#include <functional>

#include "absl/status/status.h"
#include "ampstream/v1/event_service.pb.h"
#include "server/filter/expression_parser.h"
#include "server/log/event_log.h"

namespace ampstream {

// One page of v1.EventService.ListEvents. A page token is a cursor and a fingerprint of the filter, so that a token of
// another filter is refused. INVALID_ARGUMENT, OUT_OF_RANGE, UNIMPLEMENTED, with the reasons that the method names. May
// block on the log.
// `cancelled` is asked now and then; once true the call gives up (UNAVAILABLE).
absl::Status ReadEventPage(const v1::ListEventsRequest& request, EventLog& log,
                           const ExpressionLimits& expression_limits, const std::function<bool()>& cancelled,
                           v1::ListEventsResponse* response);

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_RPC_EVENT_PAGE_H_
