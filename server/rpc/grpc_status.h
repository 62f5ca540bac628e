#ifndef AMPSTREAM_SERVER_RPC_GRPC_STATUS_H_
#define AMPSTREAM_SERVER_RPC_GRPC_STATUS_H_

#include <grpcpp/support/status.h>

#include "absl/status/status.h"
#include "ampstream/v1/error.pb.h"
#include "server/log/event_log.h"

// The one table from our errors to gRPC's.
namespace ampstream {

// The code that goes with a reason, as error.proto says beside it.
grpc::StatusCode CodeOf(v1::ErrorReason reason);

// The reason of any status: its own, or the one that its code stands for (UNAVAILABLE: the log; else a fault of ours).
v1::ErrorReason ReasonOrDefault(const absl::Status& status);

// A status with a google.rpc.Status in its details, and an ErrorInfo in that.
grpc::Status ToGrpcStatus(const absl::Status& status);

// An error about a cursor with the cursors that could be used; any other status unchanged.
absl::Status WithCursors(absl::Status status, const LogInfo& info);

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_RPC_GRPC_STATUS_H_
