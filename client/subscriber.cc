#include "client/subscriber.h"

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <utility>

#include "absl/status/status.h"
#include "ampstream/v1/event_service.grpc.pb.h"
#include "client/call_error.h"

namespace ampstream {
namespace {

using Stub = v1::EventService::Stub;

constexpr auto kCallTimeout = std::chrono::seconds(30);
// A connection that died without a word is noticed after the sum of both.
constexpr int kKeepaliveTimeMs = 30'000;
constexpr int kKeepaliveTimeoutMs = 20'000;
// gRPC's default of 4 MiB is less than a page of large events may take.
constexpr int kMaxReceiveBytes = 64 << 20;

std::shared_ptr<grpc::Channel> MakeChannel(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveTimeMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  // 0: no limit. By default pings cease after two without data, and a silent stream's dead connection is never noticed.
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  arguments.SetMaxReceiveMessageSize(kMaxReceiveBytes);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

absl::Status StatusOf(const grpc::Status& status) {
  return StatusWithDetails(status.error_code(), status.error_message(), status.error_details());
}

// On gRPC's synchronous API: its callback API sleeps for up to 95 ms after a second without an event.
class GrpcEventStream final : public EventStream {
 public:
  GrpcEventStream(std::shared_ptr<Stub> stub, v1::SubscribeRequest request)
      : stub_(std::move(stub)), request_(std::move(request)) {}
  ~GrpcEventStream() override { Finish().IgnoreError(); }

  bool Next(v1::SubscribeResponse* response) override {
    if (ended_) return false;
    // Making the reader waits for the connection; done here, not in Subscribe, it can be cancelled.
    if (reader_ == nullptr) reader_ = stub_->Subscribe(&context_, request_);
    if (reader_->Read(response)) return true;
    End();
    return false;
  }

  absl::Status Finish() override {
    if (!ended_) Cancel();
    if (!ended_ && reader_ == nullptr) {
      ended_ = true;
      end_ = absl::CancelledError("cancelled before it began");
    }
    v1::SubscribeResponse unread;
    while (Next(&unread)) continue;
    return end_;
  }

  // The context allows this from any thread, and remembers it where the call is yet to be made.
  void Cancel() override { context_.TryCancel(); }

 private:
  void End() {
    ended_ = true;
    end_ = StatusOf(reader_->Finish());
  }

  const std::shared_ptr<Stub> stub_;
  const v1::SubscribeRequest request_;
  // Outlives the reader, which uses it.
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReader<v1::SubscribeResponse>> reader_;
  bool ended_ = false;
  absl::Status end_;
};

template <typename Request, typename Response>
absl::StatusOr<Response> Call(Stub& stub, grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                              const Request& request) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kCallTimeout);
  Response response;
  const grpc::Status status = (stub.*method)(&context, request, &response);
  if (!status.ok()) return StatusOf(status);
  return response;
}

}  // namespace

class Subscriber::Connection {
 public:
  explicit Connection(const std::string& address) : stub(v1::EventService::NewStub(MakeChannel(address))) {}

  const std::shared_ptr<Stub> stub;
};

Subscriber::Subscriber(std::shared_ptr<Connection> connection) : connection_(std::move(connection)) {}

Subscriber Subscriber::Connect(const std::string& address) { return Subscriber(std::make_shared<Connection>(address)); }

std::unique_ptr<EventStream> Subscriber::Subscribe(const v1::SubscribeRequest& request) const {
  return std::make_unique<GrpcEventStream>(connection_->stub, request);
}

absl::StatusOr<v1::GetEventResponse> Subscriber::GetEvent(const v1::GetEventRequest& request) const {
  return Call(*connection_->stub, &Stub::GetEvent, request);
}

absl::StatusOr<v1::ListEventsResponse> Subscriber::ListEvents(const v1::ListEventsRequest& request) const {
  return Call(*connection_->stub, &Stub::ListEvents, request);
}

absl::StatusOr<v1::GetLogInfoResponse> Subscriber::GetLogInfo(const v1::GetLogInfoRequest& request) const {
  return Call(*connection_->stub, &Stub::GetLogInfo, request);
}

}  // namespace ampstream
