#include "tests/benchmarks/compare/trial.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "server/base/status_macros.h"
#include "tests/benchmarks/report.h"

namespace ampstream {
namespace {

constexpr int64_t kMostBytes = 300 << 20;  // Of prepared requests.
constexpr int64_t kBytesOfEvent = 700;     // With its place in a request, at least.

}  // namespace

absl::StatusOr<std::unique_ptr<Trial>> Trial::Start(const Peer& peer, const std::string& folder,
                                                    const TrialLoad& load) {
  std::unique_ptr<Trial> trial(new Trial(load));
  AMPSTREAM_ASSIGN_OR_RETURN(trial->peer_, peer.Start(folder));
  if (load.subscribers > 0) {
    AMPSTREAM_ASSIGN_OR_RETURN(trial->subscribers_,
                               trial->peer_->Subscribe({load.subscribers, load.subscribers}, trial->order_));
  }
  return trial;
}

absl::Status Trial::WarmUp(absl::Duration round) {
  const int64_t most =
      kMostBytes / ((kBytesOfEvent + std::max<int64_t>(load_.padding, 0)) * load_.senders.events_a_request);
  requests_a_round_ = load_.senders.count;
  for (absl::Duration took; took < round / 4 && requests_a_round_ < most;) {
    const absl::Time start = absl::Now();
    AMPSTREAM_ASSIGN_OR_RETURN(const Sample sample, Send(requests_a_round_));
    const double deliveries =
        static_cast<double>(requests_a_round_ * load_.senders.events_a_request) * std::max(1, load_.subscribers);
    took = absl::Seconds(deliveries / sample.deliveries_per_second);
    const double times = std::clamp(absl::FDivDuration(round, took), 1.0, 8.0);
    const auto rounds = static_cast<int64_t>(static_cast<double>(requests_a_round_) * times / load_.senders.count);
    requests_a_round_ =
        std::clamp<int64_t>(rounds, 1, std::max<int64_t>(1, most / load_.senders.count)) * load_.senders.count;
    if (absl::Now() - start > kPatience) break;
  }
  return absl::OkStatus();
}

absl::Status Trial::Round() {
  AMPSTREAM_ASSIGN_OR_RETURN(const Sample sample, Send(requests_a_round_));
  samples_.push_back(sample);
  return absl::OkStatus();
}

absl::StatusOr<Sample> Trial::Send(int64_t requests) {
  const int64_t events_a_request = load_.senders.events_a_request;
  // Anew in each round: servers close connections that are idle for long.
  AMPSTREAM_ASSIGN_OR_RETURN(const std::unique_ptr<Publishers> publishers, peer_->Connect(load_.senders.count));
  for (int64_t i = 0; i < requests; ++i, sent_ += events_a_request)
    publishers->Prepare({sent_, events_a_request, 0, load_.padding});
  order_.Expect(sent_ - load_.first);
  const absl::Duration cpu_before = peer_->CpuTime();
  const absl::Time start = absl::Now();
  AMPSTREAM_RETURN_IF_ERROR(publishers->SendAll());
  if (load_.subscribers > 0 && !order_.AwaitAll(kPatience)) {
    AMPSTREAM_RETURN_IF_ERROR(subscribers_->status());
    return absl::DataLossError("not every subscriber got every event in time");
  }
  const absl::Duration took = absl::Now() - start;
  const auto deliveries = static_cast<double>(requests * events_a_request * std::max(1, load_.subscribers));
  return Sample{deliveries / absl::ToDoubleSeconds(took),
                absl::ToDoubleSeconds(peer_->CpuTime() - cpu_before) / deliveries * 1e6};
}

absl::Status Trial::Check() {
  if (load_.subscribers == 0) return absl::OkStatus();
  AMPSTREAM_RETURN_IF_ERROR(subscribers_->status());
  subscribers_ = nullptr;
  return order_.Check();
}

double MedianOf(const std::vector<Sample>& samples, double Sample::*field) {
  std::vector<double> values;
  for (const Sample& sample : samples) values.push_back(sample.*field);
  return Median(values);
}

double RatioOf(const std::vector<Sample>& samples, const std::vector<Sample>& to, double Sample::*field) {
  std::vector<double> ratios;
  for (size_t i = 0; i < std::min(samples.size(), to.size()); ++i) ratios.push_back(samples[i].*field / (to[i].*field));
  return Median(ratios);
}

}  // namespace ampstream
