#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/amplitude/translator.h"
#include "server/base/status_macros.h"
#include "tests/benchmarks/arrival_order.h"
#include "tests/benchmarks/child_process.h"
#include "tests/benchmarks/compare/broker_subscribers.h"
#include "tests/benchmarks/compare/fan_out_peer.h"
#include "tests/benchmarks/compare/load.h"
#include "tests/benchmarks/track_json.h"

namespace ampstream {
namespace {

// As ampstreamd encodes them.
std::vector<std::string> EncodedEvents(int64_t first, int64_t count) {
  Translator translator{TranslateLimits()};
  std::string body = TrackArrayJson(first, count);
  std::vector<NewEvent> events = translator.Translate(body, {"default", absl::UnixEpoch(), ""}).value();
  std::vector<std::string> encoded;
  for (NewEvent& event : events) encoded.push_back(std::move(event.encoded));
  return encoded;
}

class BrokerPeer final : public FanOutPeer {
 public:
  BrokerPeer(const Broker& broker, int subscribers) : broker_(broker), order_(subscribers) {}

  absl::Status Start(const std::string& binary, int subscribers) {
    AMPSTREAM_ASSIGN_OR_RETURN(const int port, FreePort());
    AMPSTREAM_ASSIGN_OR_RETURN(process_, ChildProcess::Start(broker_.CommandLine(binary, port)));
    AMPSTREAM_ASSIGN_OR_RETURN(Socket publisher, Socket::Connect(port, kPatience));
    publisher_ = std::make_unique<Socket>(std::move(publisher));
    AMPSTREAM_ASSIGN_OR_RETURN(subscribers_, BrokerSubscribers::Connect(broker_, port, subscribers, order_));
    return absl::OkStatus();
  }

  void Prepare(int64_t events) override {
    requests_.clear();
    const int64_t end = sent_ + events;
    while (sent_ < end) {
      const std::vector<std::string> encoded = EncodedEvents(sent_, std::min(kArray, end - sent_));
      requests_.emplace_back(broker_.PublishRequest(encoded), broker_.AnswersTo(encoded));
      sent_ += static_cast<int64_t>(encoded.size());
    }
    order_.Expect(sent_);
  }

  absl::Status SendAndAwait() override {
    for (const auto& [request, answers] : requests_) {
      AMPSTREAM_RETURN_IF_ERROR(publisher_->Send(request));
      AMPSTREAM_RETURN_IF_ERROR(AwaitAnswers(answers));
    }
    if (order_.AwaitAll(kPatience)) return absl::OkStatus();
    return absl::DataLossError(absl::StrCat("not every subscriber got every event in time; the broker has closed ",
                                            subscribers_->closed(), " connections"));
  }

  absl::Duration CpuTime() const override { return process_->CpuTime(); }
  int64_t RssBytes() const override { return process_->RssBytes(); }

  absl::Status Check() override {
    subscribers_ = nullptr;
    return order_.Check();
  }

 private:
  absl::Status AwaitAnswers(int64_t answers) {
    while (answers > 0) {
      AMPSTREAM_RETURN_IF_ERROR(publisher_->Receive(&received_));
      size_t whole = 0;
      answers -= broker_.Answers(received_, &whole);
      received_.erase(0, whole);
    }
    return absl::OkStatus();
  }

  const Broker& broker_;
  int64_t sent_ = 0;
  std::vector<std::pair<std::string, int64_t>> requests_;  // Each with the number of its answers.
  std::string received_;
  ArrivalOrder order_;
  std::unique_ptr<ChildProcess> process_;
  std::unique_ptr<Socket> publisher_;
  std::unique_ptr<BrokerSubscribers> subscribers_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<FanOutPeer>> StartBroker(const Broker& broker, const std::string& binary,
                                                        int subscribers) {
  auto peer = std::make_unique<BrokerPeer>(broker, subscribers);
  AMPSTREAM_RETURN_IF_ERROR(peer->Start(binary, subscribers));
  return peer;
}

}  // namespace ampstream
