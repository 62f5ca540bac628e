#ifndef AMPSTREAM_SERVER_RPC_SUBSCRIBE_REQUEST_H_
#define AMPSTREAM_SERVER_RPC_SUBSCRIBE_REQUEST_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ampstream/v1/event_service.pb.h"
#include "server/event/cursor.h"
#include "server/filter/expression_parser.h"
#include "server/hub/batch.h"
#include "server/hub/subscription.h"
#include "server/log/event_log.h"

namespace ampstream {

// A v1.SubscribeRequest, checked, with what it leaves out filled in.
struct SubscribeOrder {
  StartAt start;
  SubscriptionOptions options;
  absl::Duration heartbeat_interval;
  std::string client_id;
};

// `limits` are the server's own. INVALID_ARGUMENT, OUT_OF_RANGE, UNIMPLEMENTED, with the reasons that
// EventService.Subscribe names.
absl::StatusOr<SubscribeOrder> CheckSubscribeRequest(const v1::SubscribeRequest& request, Epoch epoch,
                                                     const BatchLimits& limits,
                                                     const ExpressionLimits& expression_limits);

// An INVALID_REQUEST that names a field of the request.
absl::Status InvalidRequest(absl::string_view field, absl::string_view why);

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_RPC_SUBSCRIBE_REQUEST_H_
