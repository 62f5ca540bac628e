#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/base/status_macros.h"
#include "tests/benchmarks/compare/files.h"
#include "tests/benchmarks/compare/peer.h"
#include "tests/benchmarks/compare/sockets.h"
#include "tests/benchmarks/compare/stream_subscribers.h"
#include "tests/benchmarks/field_in.h"

namespace ampstream {
namespace {

constexpr absl::string_view kKey = "benchmark-key";

// Of its proto, internal/unigrpc/unistream/unistream.proto in its Go module.
constexpr char kMethod[] = "/centrifugal.centrifugo.unistream.CentrifugoUniStream/Consume";
constexpr int kPushPublication = 4;
constexpr int kPublicationData = 4;
// A ConnectRequest with one entry in its map `subs`, from "events" to an empty message.
constexpr absl::string_view kConnectRequest(
    "\x1a\x0a\x0a\x06"
    "events"
    "\x12\x00",
    12);

// Publishes over HTTP, a batch as one request of commands that are carried out one after the other.
class Publish final : public PublishProtocol {
 public:
  std::string Request(int, const EventBatch& batch) const override {
    std::string body;
    for (const std::string& event : Encoded(batch)) {
      absl::StrAppend(&body, body.empty() ? "" : ",", R"({"publish":{"channel":"events","b64data":")",
                      absl::Base64Escape(event), R"("}})");
    }
    body = absl::StrCat(R"({"commands":[)", body, "]}");
    return absl::StrCat("POST /api/batch HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nX-API-Key: ",
                        kKey, "\r\nContent-Length: ", body.size(), "\r\n\r\n", body);
  }
  int64_t AnswersTo(const EventBatch&) const override { return 1; }

  absl::StatusOr<int64_t> Answers(absl::string_view received, size_t* done) const override {
    return HttpAnswers(
        received, [](absl::string_view answer) { return !absl::StrContains(answer, "\"error\""); }, done);
  }
  bool pipelined() const override { return false; }
};

void EventInPush(absl::string_view push, absl::FunctionRef<void(absl::string_view event)> deliver) {
  const absl::string_view data = FieldIn(FieldIn(push, kPushPublication), kPublicationData);
  if (!data.empty()) deliver(data);
}

class Running final : public RunningPeer {
 public:
  Running(std::unique_ptr<ChildProcess> process, int http_port, int grpc_port)
      : process_(std::move(process)), http_port_(http_port), grpc_port_(grpc_port) {}

  absl::StatusOr<std::unique_ptr<Publishers>> Connect(int senders) override {
    return Publishers::Connect(publish_, http_port_, senders);
  }
  absl::StatusOr<std::unique_ptr<Subscribers>> Subscribe(const SubscriberSet& set, EventSink& sink) override {
    return StreamSubscribers::Open(
        {grpc_port_, set.count, set.connections, kMethod, {std::string(kConnectRequest)}, EventInPush}, sink);
  }
  absl::Duration CpuTime() const override { return process_->CpuTime(); }
  int64_t RssBytes() const override { return process_->RssBytes(); }

 private:
  const Publish publish_;
  const std::unique_ptr<ChildProcess> process_;
  const int http_port_;
  const int grpc_port_;
};

std::string Config(int http_port, int grpc_port) {
  return absl::StrCat(R"({"http_server": {"address": "127.0.0.1", "port": )", http_port, R"(},
"http_api": {"key": ")",
                      kKey, R"("},
"uni_grpc": {"enabled": true, "address": "127.0.0.1", "port": )",
                      grpc_port, R"(},
"websocket": {"disabled": true}, "usage_stats": {"disabled": true}, "log": {"level": "error"},
"client": {"allow_anonymous_connect_without_token": true, "queue_max_size": 1073741824},
"channel": {"without_namespace": {"allow_subscribe_for_client": true, "allow_subscribe_for_anonymous": true,
                                  "publication_data_format": "binary"}},
"engine": {"type": "memory"}})");
}

class Server final : public Peer {
 public:
  explicit Server(std::string binary) : binary_(std::move(binary)) {}

  std::string name() const override { return "Centrifugo"; }
  std::string settings() const override {
    return "memory engine, no history, published by HTTP API, read by uni_grpc; queue_max_size 1 GiB; keeps nothing";
  }
  const std::string& binary() const override { return binary_; }
  std::string version_argument() const override { return "version"; }

  absl::StatusOr<std::unique_ptr<RunningPeer>> Start(const std::string& folder) const override {
    AMPSTREAM_ASSIGN_OR_RETURN(const int http_port, FreePort());
    AMPSTREAM_ASSIGN_OR_RETURN(const int grpc_port, FreePort());
    const std::string config = absl::StrCat(folder, "/centrifugo.json");
    AMPSTREAM_RETURN_IF_ERROR(WriteFile(config, Config(http_port, grpc_port)));
    AMPSTREAM_ASSIGN_OR_RETURN(std::unique_ptr<ChildProcess> process, ChildProcess::Start({binary_, "-c", config}));
    for (const int port : {http_port, grpc_port}) AMPSTREAM_RETURN_IF_ERROR(Socket::Connect(port, kPatience).status());
    return std::make_unique<Running>(std::move(process), http_port, grpc_port);
  }

 private:
  const std::string binary_;
};

}  // namespace

std::unique_ptr<Peer> Centrifugo(const std::string& binary) { return std::make_unique<Server>(binary); }

}  // namespace ampstream
