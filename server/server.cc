#include "server/server.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "server/base/host_port.h"
#include "server/base/logging.h"
#include "server/base/status_macros.h"
#include "server/event/times.h"
#include "server/log/memory_log.h"
#include "server/log/rocksdb_log.h"
#include "server/webhook_source.h"

namespace ampstream {
namespace {

// Of a configuration that has been checked.
absl::Duration ToDuration(const google::protobuf::Duration& duration) {
  return DurationOf(duration).value_or(absl::ZeroDuration());
}

absl::StatusOr<std::unique_ptr<EventLog>> MakeLog(const config::v1::Log& config, bool new_epoch, const Clock& clock) {
  if (config.kind() == config::v1::Log::KIND_MEMORY) {
    MemoryLog::Options options;
    options.max_bytes = config.retention_size();
    return std::make_unique<MemoryLog>(options, clock);
  }
  RocksdbLogOptions options;
  options.store.data_dir = config.data_dir();
  options.store.max_bytes = config.retention_size();
  options.store.max_age = ToDuration(config.retention_age());
  options.store.new_epoch = new_epoch;
  return OpenRocksdbLog(options, clock);
}

std::string NameOf(const config::v1::Log& config) {
  if (config.kind() == config::v1::Log::KIND_MEMORY) return "memory";
  return absl::StrCat("rocksdb:", config.data_dir());
}

Hub::Options HubOptions(const config::v1::Config& config) {
  Hub::Options options;
  options.tail_bytes = config.subscribe_limits().tail_bytes();
  return options;
}

RpcServer::Options RpcOptions(const config::v1::Config& config) {
  RpcServer::Options options;
  options.address = config.grpc_address();
  options.max_streams = config.subscribe_limits().max_streams();
  options.batch_limits.max_events = config.subscribe_limits().max_batch_events();
  options.batch_limits.max_bytes = static_cast<size_t>(config.subscribe_limits().max_batch_bytes());
  options.expression_limits.max_bytes = static_cast<size_t>(config.subscribe_limits().max_expression_bytes());
  options.expression_limits.max_depth = static_cast<size_t>(config.subscribe_limits().max_expression_depth());
  options.expression_limits.max_terms = static_cast<size_t>(config.subscribe_limits().max_expression_terms());
  return options;
}

absl::StatusOr<WebhookHandler::Options> HandlerOptions(const config::v1::Config& config,
                                                       const Environment& environment) {
  WebhookHandler::Options options;
  for (const config::v1::Source& source : config.sources()) {
    AMPSTREAM_ASSIGN_OR_RETURN(WebhookHandler::Source one, MakeWebhookSource(source, environment));
    options.sources.push_back(std::move(one));
  }
  const config::v1::IngressLimits& limits = config.ingress_limits();
  options.limits.max_events = limits.max_events();
  options.limits.max_event_bytes = static_cast<size_t>(limits.max_event_bytes());
  options.limits.max_event_values = limits.max_event_values();
  options.limits.max_delivery_bytes = static_cast<size_t>(limits.max_delivery_bytes());
  options.append_timeout = ToDuration(limits.append_timeout());
  return options;
}

// Beyond the time in which the log is to answer: it may hang.
constexpr absl::Duration kAnswerGrace = absl::Seconds(1);

ConnectionLimits LimitsOfConnections(const config::v1::IngressLimits& config) {
  ConnectionLimits limits;
  limits.max_body_bytes = static_cast<size_t>(config.max_body_bytes());
  limits.max_bytes_in_flight = config.max_bytes_in_flight();
  limits.head.max_bytes = static_cast<size_t>(config.max_head_bytes());
  limits.head.max_lines = static_cast<size_t>(config.max_head_lines());
  limits.max_connections = config.max_connections();
  limits.max_connections_per_peer = config.max_connections_per_peer();
  limits.head_timeout = ToDuration(config.head_timeout());
  limits.request_timeout = ToDuration(config.request_timeout());
  limits.idle_timeout = ToDuration(config.idle_timeout());
  limits.answer_timeout = ToDuration(config.append_timeout()) + kAnswerGrace;
  return limits;
}

Listener::Options IngressOptions(const config::v1::Config& config) {
  Listener::Options options;
  options.address = config.http_address();
  options.limits = LimitsOfConnections(config.ingress_limits());
  return options;
}

void WarnOfOpenGrpc(const std::string& address) {
  const absl::StatusOr<HostPort> parsed = HostPort::Parse(address);
  if (parsed.ok() && parsed->IsLoopback()) return;
  Log(Severity::kWarning,
      absl::StrCat("gRPC listens beyond this machine, on ", address,
                   ", without TLS and without asking who subscribes: keep it on a private network"));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const config::v1::Config& config, const Environment& environment,
                                                      const Clock& clock, bool new_epoch) {
  std::unique_ptr<Server> server(new Server(config, clock));
  AMPSTREAM_RETURN_IF_ERROR(server->StartAll(environment, new_epoch));
  return server;
}

Server::Server(const config::v1::Config& config, const Clock& clock) : config_(config), clock_(clock) {}

absl::Status Server::StartAll(const Environment& environment, bool new_epoch) {
  AMPSTREAM_ASSIGN_OR_RETURN(const WebhookHandler::Options handler_options, HandlerOptions(config_, environment));
  AMPSTREAM_ASSIGN_OR_RETURN(log_, MakeLog(config_.log(), new_epoch, clock_));
  AMPSTREAM_ASSIGN_OR_RETURN(hub_, Hub::Start(*log_, HubOptions(config_)));
  handler_ = std::make_unique<WebhookHandler>(handler_options, *log_, clock_);
  AMPSTREAM_ASSIGN_OR_RETURN(rpc_, RpcServer::Start(RpcOptions(config_), *log_, *hub_, clock_));
  AMPSTREAM_ASSIGN_OR_RETURN(admin_, AdminListener::Start(
                                         config_.admin_address(), [this] { return NotReady(); },
                                         [this] { return Metrics{handler_->UnreadFields()}; }));
  AMPSTREAM_ASSIGN_OR_RETURN(ingress_, Listener::Start(IngressOptions(config_), *handler_));
  WarnOfOpenGrpc(config_.grpc_address());
  return absl::OkStatus();
}

absl::Status Server::Reload(const config::v1::Config& config, const Environment& environment) {
  AMPSTREAM_ASSIGN_OR_RETURN(const WebhookHandler::Options options, HandlerOptions(config, environment));
  handler_->SetOptions(options);
  ingress_->SetLimits(LimitsOfConnections(config.ingress_limits()));
  rpc_->SetMaxStreams(config.subscribe_limits().max_streams());
  return absl::OkStatus();
}

Server::~Server() {
  if (!draining_) Drain();
}

std::string Server::ReadyLine() const {
  return absl::StrCat("ampstreamd ready http=", ingress_->address(), " grpc=", rpc_->address(),
                      " admin=", admin_->address(), " log=", NameOf(config_.log()),
                      " epoch=", log_->Info().epoch.ToString());
}

std::string Server::NotReady() const {
  if (draining_) return "the server drains";
  const LogState state = hub_->state();
  return state.writable && state.readable ? "" : absl::StrCat("the log: ", state.reason);
}

void Server::Drain() {
  const absl::Time deadline = clock_.Now() + ToDuration(config_.drain_timeout());
  draining_ = true;
  if (rpc_ != nullptr) rpc_->StopServing();
  if (handler_ != nullptr) handler_->StartDraining();
  // A sender may use up its share of the time, but not that of the goodbyes.
  if (ingress_ != nullptr) ingress_->Stop(clock_.Now() + (deadline - clock_.Now()) / 2);
  if (log_ != nullptr) log_->Stop(deadline);  // What was taken is committed, and published.
  if (rpc_ != nullptr && !rpc_->Drain(deadline))
    Log(Severity::kWarning, "some streams did not read their goodbye, and were broken off");
  if (hub_ != nullptr) hub_->Stop();
}

}  // namespace ampstream
