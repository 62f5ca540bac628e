// How fast the events of one sender reach many subscribers, and whether one that never reads slows the others:
//   bazel run -c opt //tests/benchmarks:fan_out
//
// Ends with 1 where the subscribers do not all receive the same events in the same order, each once.

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "server/base/status_macros.h"
#include "server/ingress/hmac.h"
#include "tests/benchmarks/arrival_order.h"
#include "tests/benchmarks/report.h"
#include "tests/benchmarks/server_process.h"
#include "tests/benchmarks/stream_set.h"
#include "tests/benchmarks/track_json.h"
#include "tests/benchmarks/webhook_sender.h"

namespace ampstream {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(60);

struct Flags {
  std::string server;
  int subscribers = 50;
  int connections = 0;
  int threads = 1;
  int64_t events = 10000;
  int64_t array = 100;
  int rounds = 7;
  std::string where;
};

// Reads its first response, and nothing after it.
class NeverReads final : public StreamSet::Reader {
 public:
  bool OnResponse(int, absl::Time, absl::string_view) override { return false; }
};

struct Figures {
  double deliveries_per_second = 0;
  double cpu_seconds_per_million = 0;
};

// A server, its subscribers, and the one that sends.
class Bench {
 public:
  static absl::StatusOr<std::unique_ptr<Bench>> Start(const Flags& flags) {
    auto bench = std::make_unique<Bench>(flags);
    AMPSTREAM_ASSIGN_OR_RETURN(bench->server_, ServerProcess::Start(flags.server));
    AMPSTREAM_ASSIGN_OR_RETURN(bench->sender_, WebhookSender::Connect(bench->server_->http_port()));
    const int connections = flags.connections > 0 ? flags.connections : flags.subscribers;
    v1::SubscribeRequest request;
    request.mutable_filter()->set_expression(flags.where);
    bench->streams_ = std::make_unique<StreamSet>(
        StreamSet::Options{bench->server_->grpc_address(), flags.subscribers, connections, flags.threads, request},
        bench->order_);
    AMPSTREAM_RETURN_IF_ERROR(bench->streams_->AwaitSubscribed());
    return bench;
  }

  explicit Bench(const Flags& flags) : flags_(flags), order_(flags.subscribers) {}

  // One round that only fills what can be filled of a subscriber that never reads, and one that is measured.
  absl::StatusOr<Figures> Round(bool with_one_that_never_reads) {
    NeverReads never_reads;
    StreamSet stalled({server_->grpc_address(), with_one_that_never_reads ? 1 : 0, 1, 1, {}}, never_reads);
    AMPSTREAM_RETURN_IF_ERROR(stalled.AwaitSubscribed());
    AMPSTREAM_RETURN_IF_ERROR(SendAndAwait(flags_.events).status());
    return SendAndAwait(flags_.events);
  }

  // OK: all subscribers got all that was sent, in that order, each event once.
  absl::Status Check() {
    // What comes too often is seen when another event comes behind it.
    AMPSTREAM_RETURN_IF_ERROR(SendAndAwait(1).status());
    AMPSTREAM_RETURN_IF_ERROR(streams_->status());
    streams_ = nullptr;
    AMPSTREAM_RETURN_IF_ERROR(server_->Stop());
    return order_.Check();
  }

  int64_t event_bytes() const { return order_.event_bytes(); }
  int64_t rss_bytes() const { return server_->RssBytes(); }

 private:
  absl::StatusOr<Figures> SendAndAwait(int64_t events) {
    const std::vector<std::pair<std::string, int64_t>> requests = Requests(events);
    const absl::Time start = absl::Now();
    const absl::Duration cpu_before = server_->CpuTime();
    for (const auto& [request, size] : requests) AMPSTREAM_RETURN_IF_ERROR(sender_->Send(request, size));
    if (!order_.AwaitAll(kPatience)) return absl::DataLossError("not every subscriber got every event in time");
    const absl::Duration cpu = server_->CpuTime() - cpu_before;
    const auto deliveries = static_cast<double>(events * flags_.subscribers);
    return Figures{deliveries / absl::ToDoubleSeconds(absl::Now() - start),
                   absl::ToDoubleSeconds(cpu) / deliveries * 1e6};
  }

  // Made and signed before the clock runs, each with the number of its events.
  std::vector<std::pair<std::string, int64_t>> Requests(int64_t events) {
    std::vector<std::pair<std::string, int64_t>> requests;
    const int64_t end = sent_ + events;
    while (sent_ < end) {
      const int64_t size = std::min(flags_.array, end - sent_);
      requests.emplace_back(SignedRequest(key_, TrackArrayJson(sent_, size)), size);
      sent_ += size;
    }
    order_.Expect(sent_);
    return requests;
  }

  const Flags flags_;
  const HmacKey key_{ServerProcess::kSecret};
  int64_t sent_ = 0;
  std::unique_ptr<ServerProcess> server_;
  std::unique_ptr<WebhookSender> sender_;
  ArrivalOrder order_;
  std::unique_ptr<StreamSet> streams_;
};

std::string Millions(double value) { return absl::StrFormat("%.2f", value / 1e6); }
std::string Ratio(double value) { return absl::StrFormat("%.2f", value); }

// Both ways in turn, so that a change of the machine's mood falls on both.
absl::Status RunRounds(const Flags& flags, Bench& bench) {
  std::vector<double> rates[2];
  std::vector<double> cpu[2];
  for (int round = 1; round <= flags.rounds; ++round) {
    for (bool stalled : {false, true}) {
      AMPSTREAM_ASSIGN_OR_RETURN(const Figures figures, bench.Round(stalled));
      rates[stalled].push_back(figures.deliveries_per_second);
      cpu[stalled].push_back(figures.cpu_seconds_per_million);
    }
    PrintRow({absl::StrCat(round), Millions(rates[0].back()), Millions(rates[1].back()),
              Ratio(rates[1].back() / rates[0].back()), Ratio(cpu[0].back()), Ratio(cpu[1].back())});
  }
  PrintRow({"median", Millions(Median(rates[0])), Millions(Median(rates[1])),
            Ratio(Median(rates[1]) / Median(rates[0])), Ratio(Median(cpu[0])), Ratio(Median(cpu[1]))});
  return absl::OkStatus();
}

absl::Status Run(const Flags& flags) {
  AMPSTREAM_ASSIGN_OR_RETURN(const std::unique_ptr<Bench> bench, Bench::Start(flags));
  PrintConditions(absl::StrCat(flags.events, " events a round, posted in arrays of ", flags.array, ", to each of ",
                               flags.subscribers, " subscribers, without and with one more that never reads"));
  PrintHead({"round", "M deliveries/s", "with the one", "ratio", "server CPU s per M deliveries", "with the one"});
  AMPSTREAM_RETURN_IF_ERROR(RunRounds(flags, *bench));
  const int64_t rss_bytes = bench->rss_bytes();
  AMPSTREAM_RETURN_IF_ERROR(bench->Check());
  std::cout << "\nAll received the same events in the order of sending, each once, of " << bench->event_bytes()
            << " bytes on average. The server held " << rss_bytes / 1000000 << " MB.\n";
  return absl::OkStatus();
}

}  // namespace
}  // namespace ampstream

int main(int argc, char** argv) {
  ampstream::Flags flags;
  CLI::App app("Measures how fast events reach many subscribers");
  app.add_option("--server", flags.server, "path of ampstreamd")->required();
  app.add_option("--subscribers", flags.subscribers, "how many subscribers read")->capture_default_str();
  app.add_option("--connections", flags.connections, "they share so many; 0: each has its own")->capture_default_str();
  app.add_option("--threads", flags.threads, "that read the streams")->capture_default_str();
  app.add_option("--events", flags.events, "events a round")->capture_default_str();
  app.add_option("--array", flags.array, "events in one request")->capture_default_str();
  app.add_option("--rounds", flags.rounds, "rounds of each way")->capture_default_str();
  app.add_option("--where", flags.where, "all ask for what this expression holds of, which must be all events");
  CLI11_PARSE(app, argc, argv);
  const absl::Status status = ampstream::Run(flags);
  if (!status.ok()) std::cerr << "fan_out: " << status << "\n";
  return status.ok() ? 0 : 1;
}
