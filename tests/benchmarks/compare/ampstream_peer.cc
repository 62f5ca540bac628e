#include <algorithm>
#include <utility>
#include <vector>

#include "server/base/status_macros.h"
#include "server/ingress/hmac.h"
#include "tests/benchmarks/arrival_order.h"
#include "tests/benchmarks/compare/fan_out_peer.h"
#include "tests/benchmarks/compare/load.h"
#include "tests/benchmarks/server_process.h"
#include "tests/benchmarks/stream_set.h"
#include "tests/benchmarks/track_json.h"
#include "tests/benchmarks/webhook_sender.h"

namespace ampstream {
namespace {

class AmpstreamPeer final : public FanOutPeer {
 public:
  explicit AmpstreamPeer(int subscribers) : order_(subscribers) {}

  absl::Status Start(const std::string& binary, const std::string& data_dir, int subscribers) {
    AMPSTREAM_ASSIGN_OR_RETURN(server_, ServerProcess::Start(binary, data_dir));
    AMPSTREAM_ASSIGN_OR_RETURN(sender_, WebhookSender::Connect(server_->http_port()));
    streams_ = std::make_unique<StreamSet>(
        StreamSet::Options{server_->grpc_address(), subscribers, subscribers, 1, v1::SubscribeRequest()}, order_);
    return streams_->AwaitSubscribed();
  }

  void Prepare(int64_t events) override {
    requests_.clear();
    const int64_t end = sent_ + events;
    while (sent_ < end) {
      const int64_t size = std::min(kArray, end - sent_);
      requests_.emplace_back(SignedRequest(key_, TrackArrayJson(sent_, size)), size);
      sent_ += size;
    }
    order_.Expect(sent_);
  }

  absl::Status SendAndAwait() override {
    for (const auto& [request, size] : requests_) AMPSTREAM_RETURN_IF_ERROR(sender_->Send(request, size));
    if (order_.AwaitAll(kPatience)) return absl::OkStatus();
    AMPSTREAM_RETURN_IF_ERROR(streams_->status());
    return absl::DataLossError("not every subscriber got every event in time");
  }

  absl::Duration CpuTime() const override { return server_->CpuTime(); }
  int64_t RssBytes() const override { return server_->RssBytes(); }

  absl::Status Check() override {
    AMPSTREAM_RETURN_IF_ERROR(streams_->status());
    streams_ = nullptr;
    AMPSTREAM_RETURN_IF_ERROR(server_->Stop());
    return order_.Check();
  }

 private:
  const HmacKey key_{ServerProcess::kSecret};
  int64_t sent_ = 0;
  std::vector<std::pair<std::string, int64_t>> requests_;  // Each with the number of its events.
  ArrivalOrder order_;
  std::unique_ptr<ServerProcess> server_;
  std::unique_ptr<WebhookSender> sender_;
  std::unique_ptr<StreamSet> streams_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<FanOutPeer>> StartAmpstream(const std::string& binary, const std::string& data_dir,
                                                           int subscribers) {
  auto peer = std::make_unique<AmpstreamPeer>(subscribers);
  AMPSTREAM_RETURN_IF_ERROR(peer->Start(binary, data_dir, subscribers));
  return peer;
}

}  // namespace ampstream
