#ifndef AMPSTREAM_SERVER_RPC_RESPONSE_BYTES_H_
#define AMPSTREAM_SERVER_RPC_RESPONSE_BYTES_H_

#include <grpcpp/support/byte_buffer.h>

#include "ampstream/v1/event_service.pb.h"
#include "server/hub/batch.h"

namespace ampstream {

// An encoded v1.SubscribeResponse: the events as they stand in their chunks, then `rest`, which bears cursor and signal
// and no events. Chunks that are worth it are sent by reference, and live until gRPC has sent them.
grpc::ByteBuffer ResponseBytes(const Batch& batch, const v1::SubscribeResponse& rest);

// The same without events.
grpc::ByteBuffer ResponseBytes(const v1::SubscribeResponse& response);

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_RPC_RESPONSE_BYTES_H_
