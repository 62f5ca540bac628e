#include "server/rpc/rpc_server.h"

#include <google/protobuf/stubs/logging.h>
#include <grpc/grpc.h>
#include <grpc/support/log.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/resource_quota.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_builder.h>

#include <utility>

#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "server/base/logging.h"
#include "server/base/status_macros.h"

namespace ampstream {
namespace {

// Two threads on one queue did best, one did worst.
constexpr int kQueueThreads = 2;
constexpr int kMaxRequestBytes = 1 << 20;
constexpr int kStreamsPerConnection = 1000;
constexpr int kMaxThreads = 64;
constexpr absl::Duration kCancelTime = absl::Seconds(5);  // In which a cancelled stream has ended.
// In which calls that answer once end, and who watches health gets the NOT_SERVING: cancelling throws away what was
// written and not sent, or sent and not read. That watch never ends by itself, and so takes all of it.
constexpr absl::Duration kLastCallsTime = absl::Milliseconds(500);

// gRPC and Protobuf would write lines of their own to stderr, with texts of strangers in them, as many as those like.
void DropGrpcLog(gpr_log_func_args*) {}
void SilenceLibraries() {
  gpr_set_log_function(DropGrpcLog);
  google::protobuf::SetLogHandler(nullptr);
}

// Debian builds Abseil with its assertions: every lock that gRPC takes is then looked up in one graph of all locks, in
// search of deadlocks. That was a tenth of an idle server's time.
void StopSearchForDeadlocks() { absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore); }

// Defaults that are wrong for long-lived streams: see https://grpc.github.io/grpc/core/group__grpc__arg__keys.html.
void SetArguments(grpc::ServerBuilder* builder) {
  builder->AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kStreamsPerConnection);
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 60 * 1000);
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS,
                              static_cast<int>(absl::ToInt64Milliseconds(Connections::kPeerTimeout)));
  builder->AddChannelArgument(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  // Clients may ping as often as sane ones do; the default cuts them off with `too_many_pings`.
  builder->AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 10 * 1000);
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder->AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, 10 * 1000);
  builder->SetMaxReceiveMessageSize(kMaxRequestBytes);
  // Calls that answer once hold a thread each; beyond these gRPC answers RESOURCE_EXHAUSTED by itself.
  builder->SetResourceQuota(grpc::ResourceQuota("ampstream").SetMaxThreads(kMaxThreads));
}

}  // namespace

absl::StatusOr<std::unique_ptr<RpcServer>> RpcServer::Start(const Options& options, EventLog& log, Hub& hub,
                                                            const Clock& clock) {
  std::unique_ptr<RpcServer> server(new RpcServer(options, log, hub, clock));
  AMPSTREAM_RETURN_IF_ERROR(server->Listen(options.address));
  return server;
}

RpcServer::RpcServer(const Options& options, EventLog& log, Hub& hub, const Clock& clock)
    : registry_(options.max_streams),
      service_(log, options.expression_limits),
      health_({"", v1::EventService::service_full_name()}),
      log_(log),
      hub_(hub),
      clock_(clock),
      limits_(options.batch_limits),
      expression_limits_(options.expression_limits) {}

absl::Status RpcServer::Listen(const std::string& address) {
  AMPSTREAM_ASSIGN_OR_RETURN(connections_, Connections::Listen(address));
  // Never undone: the last grpc_shutdown waits up to 10 s for a poller of its own if a write was stalled lately.
  grpc_init();
  SilenceLibraries();
  StopSearchForDeadlocks();
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  grpc::ServerBuilder builder;
  SetArguments(&builder);
  auto acceptor = builder.experimental().AddExternalConnectionAcceptor(
      grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD, grpc::InsecureServerCredentials());
  builder.RegisterService(&service_);
  builder.RegisterService(&health_);
  queue_ = std::make_unique<CallQueue>(builder.AddCompletionQueue());
  server_ = builder.BuildAndStart();
  if (server_ == nullptr) return absl::InternalError("gRPC cannot start a server");
  heartbeat_timer_ = std::make_unique<HeartbeatTimer>(*queue_, clock_);
  dispatcher_ = std::make_unique<QueueDispatcher>(hub_, *queue_);
  context_.reset(new StreamContext{service_, *queue_, log_, hub_, registry_, *connections_, *heartbeat_timer_, clock_,
                                   log_.Info().epoch, limits_, expression_limits_});
  SubscribeStream::Listen(*context_);
  health_.TakeCalls(*queue_);
  queue_->Start(kQueueThreads);
  connections_->Start(std::move(acceptor));
  return absl::OkStatus();
}

RpcServer::~RpcServer() {
  if (server_ != nullptr) Drain(absl::InfinitePast());
  if (dispatcher_ != nullptr) dispatcher_->Stop();
  if (heartbeat_timer_ != nullptr) heartbeat_timer_->Stop();
  if (queue_ != nullptr) queue_->Close();
}

void RpcServer::StopServing() { health_.StopServing(); }

bool RpcServer::Drain(absl::Time deadline) {
  registry_.Close();
  for (const std::shared_ptr<SubscribeStream>& stream : registry_.Open()) stream->End(DrainingError());
  const bool all = registry_.WaitUntilEmpty(deadline);
  for (const std::shared_ptr<SubscribeStream>& stream : registry_.Open()) stream->Abort();
  connections_->Stop();
  // Shutdown cancels what is left at its deadline, and then waits for it.
  server_->Shutdown(absl::ToChronoTime(absl::Now() + kLastCallsTime));
  if (!registry_.WaitUntilEmpty(absl::Now() + kCancelTime))
    Log(Severity::kError, "a stream that was cancelled did not end");
  return all;
}

}  // namespace ampstream
