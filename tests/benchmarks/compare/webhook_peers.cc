// The peers that take webhooks.

#include <utility>

#include "absl/strings/str_cat.h"
#include "ampstream/v1/event_service.pb.h"
#include "server/base/status_macros.h"
#include "tests/benchmarks/compare/peer.h"
#include "tests/benchmarks/compare/stream_subscribers.h"
#include "tests/benchmarks/server_process.h"

namespace ampstream {
namespace {

constexpr char kTypedMethod[] = "/ampstream.benchmarks.Feed/Subscribe";

class Running : public RunningPeer {
 public:
  explicit Running(std::unique_ptr<ServerProcess> server) : server_(std::move(server)) {}

  absl::StatusOr<std::unique_ptr<Publishers>> Connect(int senders) override {
    return Publishers::Connect(*protocol_, server_->http_port(), senders);
  }
  absl::StatusOr<std::unique_ptr<Subscribers>> Subscribe(const SubscriberSet&, EventSink&) override {
    return absl::UnimplementedError("it has no subscribers");
  }
  absl::Duration CpuTime() const override { return server_->CpuTime(); }
  int64_t RssBytes() const override { return server_->RssBytes(); }

 protected:
  absl::StatusOr<std::unique_ptr<Subscribers>> Open(const SubscriberSet& set, const std::string& method,
                                                    const std::string& request, EventsIn events_in, EventSink& sink) {
    return StreamSubscribers::Open({server_->grpc_port(), set.count, set.connections, method, {request}, events_in},
                                   sink);
  }

 private:
  const std::unique_ptr<PublishProtocol> protocol_ = WebhookPublish();
  const std::unique_ptr<ServerProcess> server_;
};

class RunningAmpstreamd final : public Running {
 public:
  using Running::Running;
  absl::StatusOr<std::unique_ptr<Subscribers>> Subscribe(const SubscriberSet& set, EventSink& sink) override {
    v1::SubscribeRequest request;
    if (set.from == From::kEarliest) request.mutable_earliest();
    return Open(set, kSubscribeMethod, request.SerializeAsString(), EventsInSubscribeResponse, sink);
  }
};

// A response is an event; the first, which is empty, says that the stream is live.
void TypedEvent(absl::string_view response, absl::FunctionRef<void(absl::string_view event)> deliver) {
  if (!response.empty()) deliver(response);
}

class RunningTyped final : public Running {
 public:
  using Running::Running;
  absl::StatusOr<std::unique_ptr<Subscribers>> Subscribe(const SubscriberSet& set, EventSink& sink) override {
    return Open(set, kTypedMethod, "", TypedEvent, sink);
  }
};

template <typename RunningT>
class WebhookPeer : public Peer {
 public:
  // The command line begins with the program.
  WebhookPeer(std::string name, std::string settings, std::vector<std::string> command_line, bool on_disk)
      : name_(std::move(name)),
        settings_(std::move(settings)),
        command_line_(std::move(command_line)),
        on_disk_(on_disk) {}

  std::string name() const override { return name_; }
  std::string settings() const override { return settings_; }
  const std::string& binary() const override { return command_line_[0]; }

  absl::StatusOr<std::unique_ptr<RunningPeer>> Start(const std::string& folder) const override {
    AMPSTREAM_ASSIGN_OR_RETURN(
        std::unique_ptr<ServerProcess> server,
        ServerProcess::StartProgram(command_line_, on_disk_ ? absl::StrCat(folder, "/log") : ""));
    return std::make_unique<RunningT>(std::move(server));
  }

 private:
  const std::string name_;
  const std::string settings_;
  const std::vector<std::string> command_line_;
  const bool on_disk_;
};

}  // namespace

std::unique_ptr<Peer> Ampstreamd(const std::string& binary) {
  return std::make_unique<WebhookPeer<RunningAmpstreamd>>(
      "ampstreamd", "its defaults: typed; answers once synced to disk", std::vector<std::string>{binary}, true);
}

std::unique_ptr<Peer> NodeIngest(const std::string& node, const std::string& script) {
  return std::make_unique<WebhookPeer<Running>>("node http", "HMAC, JSON.parse; keeps nothing",
                                                std::vector<std::string>{node, script}, false);
}

std::unique_ptr<Peer> TypedServer(const std::string& binary) {
  return std::make_unique<WebhookPeer<RunningTyped>>("typed gRPC server",
                                                     "a thread a stream, an event a message; keeps nothing",
                                                     std::vector<std::string>{binary}, false);
}

}  // namespace ampstream
