#ifndef AMPSTREAM_SERVER_RPC_RPC_SERVER_H_
#define AMPSTREAM_SERVER_RPC_RPC_SERVER_H_

#include <grpcpp/server.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/filter/expression_parser.h"
#include "server/hub/batch.h"
#include "server/hub/hub.h"
#include "server/log/event_log.h"
#include "server/rpc/call_queue.h"
#include "server/rpc/connections.h"
#include "server/rpc/event_service.h"
#include "server/rpc/health_service.h"
#include "server/rpc/heartbeat_timer.h"
#include "server/rpc/queue_dispatcher.h"
#include "server/rpc/stream_registry.h"
#include "server/rpc/subscribe_stream.h"

namespace ampstream {

// The gRPC side: EventService, health and reflection. Thread-safe, but for Drain.
class RpcServer {
 public:
  struct Options {
    std::string address;  // host:port; port 0 takes a free one.
    int max_streams = 20000;
    BatchLimits batch_limits;
    ExpressionLimits expression_limits;
  };

  // Serves at once. The log, the hub and the clock must outlive it. INVALID_ARGUMENT: it cannot listen on the address.
  // INTERNAL: gRPC does not start.
  static absl::StatusOr<std::unique_ptr<RpcServer>> Start(const Options& options, EventLog& log, Hub& hub,
                                                          const Clock& clock);

  // Breaks off whatever is still open.
  ~RpcServer();

  // The address with the port that was taken.
  const std::string& address() const { return connections_->address(); }

  // For streams that begin from here on; those that are open stay.
  void SetMaxStreams(int max_streams) { registry_.SetMaxStreams(max_streams); }

  // Health says NOT_SERVING; streams go on, and new ones are taken.
  void StopServing();

  // Says goodbye to every stream and takes no new one. Waits until all have ended, at the latest until the deadline,
  // when those that do not read are broken off; other calls then have another half second. False: some streams had to
  // be.
  bool Drain(absl::Time deadline);

 private:
  RpcServer(const Options& options, EventLog& log, Hub& hub, const Clock& clock);
  absl::Status Listen(const std::string& address);

  StreamRegistry registry_;
  EventServiceImpl service_;
  HealthService health_;
  std::unique_ptr<Connections> connections_;
  std::unique_ptr<CallQueue> queue_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<HeartbeatTimer> heartbeat_timer_;
  std::unique_ptr<QueueDispatcher> dispatcher_;
  std::unique_ptr<StreamContext> context_;

  EventLog& log_;
  Hub& hub_;
  const Clock& clock_;
  const BatchLimits limits_;
  const ExpressionLimits expression_limits_;
};

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_RPC_RPC_SERVER_H_
