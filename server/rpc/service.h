#ifndef AMPSTREAM_SERVER_RPC_SERVICE_H_
#define AMPSTREAM_SERVER_RPC_SERVICE_H_

#include "ampstream/v1/event_service.grpc.pb.h"

namespace ampstream {

// Subscribe hands over its request and takes its responses as bytes, on completion queues; the other methods are
// synchronous.
using Service = v1::EventService::WithRawMethod_Subscribe<v1::EventService::Service>;

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_RPC_SERVICE_H_
