// The peers that are brokers of opaque bytes, each of which takes a port that is chosen for it.

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/base/status_macros.h"
#include "tests/benchmarks/compare/files.h"
#include "tests/benchmarks/compare/peer.h"
#include "tests/benchmarks/compare/socket_subscribers.h"
#include "tests/benchmarks/compare/sockets.h"

namespace ampstream {
namespace {

class RunningBroker final : public RunningPeer {
 public:
  RunningBroker(std::unique_ptr<ChildProcess> process, int port, std::unique_ptr<PublishProtocol> publish,
                std::unique_ptr<SubscribeProtocol> subscribe)
      : publish_(std::move(publish)), subscribe_(std::move(subscribe)), process_(std::move(process)), port_(port) {}

  absl::StatusOr<std::unique_ptr<Publishers>> Connect(int senders) override {
    return Publishers::Connect(*publish_, port_, senders);
  }
  absl::StatusOr<std::unique_ptr<Subscribers>> Subscribe(const SubscriberSet& set, EventSink& sink) override {
    return SocketSubscribers::Connect(*subscribe_, port_, set, sink);
  }
  absl::Duration CpuTime() const override { return process_->CpuTime(); }
  int64_t RssBytes() const override { return process_->RssBytes(); }

 private:
  const std::unique_ptr<PublishProtocol> publish_;
  const std::unique_ptr<SubscribeProtocol> subscribe_;
  const std::unique_ptr<ChildProcess> process_;
  const int port_;
};

// Starts what takes that port, once it is listened on.
absl::StatusOr<std::unique_ptr<ChildProcess>> StartOn(int port, const std::vector<std::string>& command_line) {
  AMPSTREAM_ASSIGN_OR_RETURN(std::unique_ptr<ChildProcess> process, ChildProcess::Start(command_line));
  AMPSTREAM_RETURN_IF_ERROR(Socket::Connect(port, kPatience).status());
  return process;
}

class Nats final : public Peer {
 public:
  explicit Nats(std::string binary) : binary_(std::move(binary)) {}

  std::string name() const override { return "nats-server, core"; }
  std::string settings() const override { return "its defaults; keeps nothing"; }
  const std::string& binary() const override { return binary_; }

  // The longer interval, because connections that wait for their turn do not answer pings.
  absl::StatusOr<std::unique_ptr<RunningPeer>> Start(const std::string& folder) const override {
    AMPSTREAM_ASSIGN_OR_RETURN(const int port, FreePort());
    const std::string config = absl::StrCat(folder, "/nats.conf");
    AMPSTREAM_RETURN_IF_ERROR(WriteFile(config, absl::StrCat("listen: 127.0.0.1:", port, "\nping_interval: \"1h\"\n")));
    AMPSTREAM_ASSIGN_OR_RETURN(std::unique_ptr<ChildProcess> process, StartOn(port, {binary_, "--config", config}));
    return std::make_unique<RunningBroker>(std::move(process), port, NatsPublish(), NatsSubscribe());
  }

 private:
  const std::string binary_;
};

class JetStream final : public Peer {
 public:
  JetStream(std::string binary, Sync sync) : binary_(std::move(binary)), sync_(sync) {}

  std::string name() const override {
    return absl::StrCat("nats-server, JetStream on file, ", sync_ == Sync::kAlways ? "sync always" : "sync default");
  }
  std::string settings() const override {
    return absl::StrCat("published asynchronously, push consumers with flow control; sync_interval ",
                        sync_ == Sync::kAlways ? "always" : "its default, 2 min");
  }
  const std::string& binary() const override { return binary_; }

  absl::StatusOr<std::unique_ptr<RunningPeer>> Start(const std::string& folder) const override {
    AMPSTREAM_ASSIGN_OR_RETURN(const int port, FreePort());
    const std::string config = absl::StrCat(folder, "/jetstream.conf");
    AMPSTREAM_RETURN_IF_ERROR(WriteFile(
        config,
        absl::StrCat("listen: 127.0.0.1:", port, "\nping_interval: \"1h\"\njetstream {\n  store_dir: \"", folder,
                     "/jetstream\"\n", sync_ == Sync::kAlways ? "  sync_interval: always\n" : "", "}\n")));
    AMPSTREAM_ASSIGN_OR_RETURN(std::unique_ptr<ChildProcess> process, StartOn(port, {binary_, "--config", config}));
    AMPSTREAM_RETURN_IF_ERROR(MakeStream(port));
    return std::make_unique<RunningBroker>(std::move(process), port, JetStreamPublish(), JetStreamSubscribe());
  }

 private:
  static absl::Status MakeStream(int port) {
    AMPSTREAM_ASSIGN_OR_RETURN(Socket socket, Socket::Connect(port, kPatience));
    AMPSTREAM_RETURN_IF_ERROR(socket.Send(JetStreamCreate()));
    for (std::string answer; !absl::StrContains(answer, kJetStreamCreated);) {
      AMPSTREAM_RETURN_IF_ERROR(socket.Receive(&answer));
      if (absl::StrContains(answer, "\"error\"")) return absl::InternalError(answer);
    }
    return absl::OkStatus();
  }

  const std::string binary_;
  const Sync sync_;
};

class Redis final : public Peer {
 public:
  Redis(std::string binary, bool streams) : binary_(std::move(binary)), streams_(streams) {}

  std::string name() const override { return streams_ ? "redis-server, streams" : "redis-server, pub/sub"; }
  std::string settings() const override {
    return streams_ ? "appendonly, appendfsync always, no rewriting"
                    : "no persistence, client-output-buffer-limit pubsub 64mb";
  }
  const std::string& binary() const override { return binary_; }

  // A subscriber's buffer may grow as far as nats-server lets one: else those are cut off that wait for their turn.
  absl::StatusOr<std::unique_ptr<RunningPeer>> Start(const std::string& folder) const override {
    AMPSTREAM_ASSIGN_OR_RETURN(const int port, FreePort());
    std::vector<std::string> command_line = {binary_,  "--bind", "127.0.0.1", "--port", absl::StrCat(port),
                                             "--save", "",       "--dir",     folder,   "--appendonly"};
    const std::vector<std::string> streams = {"yes", "--appendfsync", "always", "--auto-aof-rewrite-percentage", "0"};
    const std::vector<std::string> pub_sub = {"no", "--client-output-buffer-limit", "pubsub 64mb 0 0"};
    const std::vector<std::string>& more = streams_ ? streams : pub_sub;
    command_line.insert(command_line.end(), more.begin(), more.end());
    AMPSTREAM_ASSIGN_OR_RETURN(std::unique_ptr<ChildProcess> process, StartOn(port, command_line));
    if (streams_)
      return std::make_unique<RunningBroker>(std::move(process), port, RedisStreamPublish(), RedisStreamSubscribe());
    return std::make_unique<RunningBroker>(std::move(process), port, RedisPublish(), RedisSubscribe());
  }

 private:
  const std::string binary_;
  const bool streams_;
};

}  // namespace

std::unique_ptr<Peer> NatsCore(const std::string& binary) { return std::make_unique<Nats>(binary); }

std::unique_ptr<Peer> JetStreamFile(const std::string& binary, Sync sync) {
  return std::make_unique<JetStream>(binary, sync);
}

std::unique_ptr<Peer> RedisPubSub(const std::string& binary) { return std::make_unique<Redis>(binary, false); }

std::unique_ptr<Peer> RedisStreams(const std::string& binary) { return std::make_unique<Redis>(binary, true); }

}  // namespace ampstream
