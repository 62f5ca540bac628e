#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "ampstream/v1/event_service.pb.h"
#include "server/base/status_macros.h"
#include "tests/benchmarks/compare/contest.h"
#include "tests/benchmarks/compare/filtered_arrivals.h"
#include "tests/benchmarks/compare/sections.h"
#include "tests/benchmarks/compare/stream_subscribers.h"
#include "tests/benchmarks/report.h"
#include "tests/benchmarks/server_process.h"
#include "tests/testing/temporary_folder.h"

namespace ampstream {
namespace {

constexpr Senders kSenders = {8, kArray};
constexpr double kThousand = 1e3;
constexpr double kWanted = 0.5;

// A server whose subscribers ask for a hundredth each.
class Filtered {
 public:
  absl::Status Start(const std::string& binary, const std::string& folder) {
    AMPSTREAM_ASSIGN_OR_RETURN(server_, ServerProcess::Start(binary, folder + "/log"));
    StreamSubscribers::Options options{
        server_->grpc_port(),     FilteredArrivals::kSubscribers, FilteredArrivals::kSubscribers, kSubscribeMethod, {},
        EventsInSubscribeResponse};
    for (int i = 0; i < FilteredArrivals::kSubscribers; ++i) {
      v1::SubscribeRequest request;
      request.mutable_filter()->set_expression(absl::StrFormat("event_type = \"Button Tap %03d\"", i));
      options.requests.push_back(request.SerializeAsString());
    }
    AMPSTREAM_ASSIGN_OR_RETURN(subscribers_, StreamSubscribers::Open(options, arrivals_));
    return absl::OkStatus();
  }

  // Events a second.
  absl::StatusOr<double> Round(int64_t requests) {
    AMPSTREAM_ASSIGN_OR_RETURN(const std::unique_ptr<Publishers> publishers,
                               Publishers::Connect(*protocol_, server_->http_port(), kSenders.count));
    for (int64_t i = 0; i < requests; ++i, sent_ += kArray) publishers->Prepare({sent_, kArray});
    arrivals_.Expect(requests * kArray);
    const absl::Time start = absl::Now();
    AMPSTREAM_RETURN_IF_ERROR(publishers->SendAll());
    if (!arrivals_.AwaitAll(kPatience)) return absl::DataLossError("filters: not every event came in time");
    return static_cast<double>(requests * kArray) / absl::ToDoubleSeconds(absl::Now() - start);
  }

  absl::Status Check() {
    AMPSTREAM_RETURN_IF_ERROR(subscribers_->status());
    subscribers_ = nullptr;
    return arrivals_.Check();
  }

 private:
  const std::unique_ptr<PublishProtocol> protocol_ = WebhookPublish();
  int64_t sent_ = 0;
  FilteredArrivals arrivals_{kSenders};
  std::unique_ptr<ServerProcess> server_;
  std::unique_ptr<StreamSubscribers> subscribers_;
};

}  // namespace

absl::Status MeasureFilters(const Course& course, Findings* findings) {
  const std::unique_ptr<Peer> peer = Ampstreamd(course.binaries.ampstreamd);
  const TemporaryFolder folder;
  const TemporaryFolder filtered_folder;
  AMPSTREAM_ASSIGN_OR_RETURN(const std::unique_ptr<Trial> all, Trial::Start(*peer, folder.path(), {kSenders, 1}));
  AMPSTREAM_RETURN_IF_ERROR(all->WarmUp(course.plan.round));
  Filtered filtered;
  AMPSTREAM_RETURN_IF_ERROR(filtered.Start(course.binaries.ampstreamd, filtered_folder.path()));
  AMPSTREAM_RETURN_IF_ERROR(filtered.Round(all->requests_a_round()).status());
  std::vector<double> rates;
  std::vector<double> ratios;
  for (int round = 0; round < course.plan.rounds; ++round) {
    AMPSTREAM_RETURN_IF_ERROR(all->Round());
    AMPSTREAM_ASSIGN_OR_RETURN(const double rate, filtered.Round(all->requests_a_round()));
    rates.push_back(rate);
    ratios.push_back(rate / all->samples().back().deliveries_per_second);
  }
  AMPSTREAM_RETURN_IF_ERROR(all->Check());
  AMPSTREAM_RETURN_IF_ERROR(filtered.Check());
  const std::string unfiltered = Figure(MedianOf(all->samples(), &Sample::deliveries_per_second) / kThousand, 1);
  findings->goals.push_back(
      {"100 subscribers that want 1 % each, 1,000 events/s accepted", Figure(Median(rates) / kThousand, 1),
       absl::StrCat("1 subscriber of all: ", unfiltered, ", so ", Times(Median(ratios)), " times"),
       absl::StrCat("at least ", kWanted, " times"), Median(ratios) >= kWanted});
  return absl::OkStatus();
}

}  // namespace ampstream
