// How long a delivery takes from its sender to every subscriber:
//   bazel run -c opt //tests/benchmarks:latency
//
// Open loop: each event bears the time at which it should be sent, whether or not the sender came to it in time, and
// every subscriber subtracts that from the time at which it has it. Ends with 1 where an event is lost, repeated or out
// of order.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <cstdint>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ampstream/v1/event_service.pb.h"
#include "server/base/mutex.h"
#include "server/base/status_macros.h"
#include "server/ingress/hmac.h"
#include "tests/benchmarks/report.h"
#include "tests/benchmarks/server_process.h"
#include "tests/benchmarks/stream_set.h"
#include "tests/benchmarks/track_json.h"
#include "tests/benchmarks/waitable_count.h"
#include "tests/benchmarks/webhook_sender.h"
#include "tests/testing/temporary_folder.h"

namespace ampstream {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(30);

struct Flags {
  std::string server;
  int subscribers = 10;
  double rate = 100;
  double seconds = 30;
  int gaps = 30;
  bool memory = false;
  int replays = 0;
  int64_t history = 1000000;
};

// One way of sending.
struct Mode {
  std::string name;
  absl::Duration interval;
  int64_t events;
};

// What the subscribers saw, over all of them.
class Arrivals final : public StreamSet::Reader {
 public:
  Arrivals(int subscribers, int64_t events, absl::Time start)
      : subscribers_(subscribers), events_(events), start_(start), next_(static_cast<size_t>(subscribers), 0) {}

  bool OnResponse(int stream, absl::Time time, absl::string_view response) override {
    v1::SubscribeResponse parsed;
    parsed.ParseFromArray(response.data(), static_cast<int>(response.size()));
    MutexLock lock(&mutex_);
    for (const v1::Event& event : parsed.events()) Take(stream, time, event);
    return true;
  }

  // False: some subscriber has not got the last event in time.
  bool AwaitAll() const { return complete_.AwaitAtLeast(subscribers_, kPatience); }

  // Events that are not the one that follows on the last: what was lost, repeated or out of order shows so.
  int64_t misplaced() const {
    MutexLock lock(&mutex_);
    return misplaced_;
  }

  std::vector<int64_t> latencies_us() const {
    MutexLock lock(&mutex_);
    return latencies_us_;
  }

 private:
  void Take(int stream, absl::Time time, const v1::Event& event) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const absl::optional<TrackMark> mark = MarkOf(event);
    int64_t& next = next_[static_cast<size_t>(stream)];
    if (!mark.has_value() || mark->number != next) {
      ++misplaced_;
      return;
    }
    latencies_us_.push_back(absl::ToInt64Microseconds(time - start_) - mark->scheduled_us);
    if (++next == events_) complete_.Add();
  }

  const int subscribers_;
  const int64_t events_;
  const absl::Time start_;
  WaitableCount complete_;
  mutable Mutex mutex_;
  std::vector<int64_t> next_ ABSL_GUARDED_BY(mutex_);  // By stream, the number that should come.
  std::vector<int64_t> latencies_us_ ABSL_GUARDED_BY(mutex_);
  int64_t misplaced_ ABSL_GUARDED_BY(mutex_) = 0;
};

// Subscribers that read from the log's beginning all the while, and leave what they get.
class Replays final : public StreamSet::Reader {
 public:
  // Fills the log first: history that is read while the latency is measured.
  static absl::Status Fill(int64_t events, WebhookSender& sender) {
    const HmacKey key(ServerProcess::kSecret);
    for (int64_t sent = 0; sent < events; sent += kArray) {
      AMPSTREAM_RETURN_IF_ERROR(sender.Send(SignedRequest(key, TrackArrayJson(kFirst + sent, kArray)), kArray));
    }
    return absl::OkStatus();
  }

  Replays(const std::string& address, int streams) : streams_(OptionsOf(address, streams), *this) {}

  absl::Status Await() { return streams_.AwaitSubscribed(); }

  bool OnResponse(int, absl::Time, absl::string_view response) override {
    bytes_ += static_cast<int64_t>(response.size());
    return true;
  }

  int64_t bytes() const { return bytes_; }

 private:
  static constexpr int64_t kArray = 1000;
  static constexpr int64_t kFirst = 1000000000;  // Beyond the numbers of the events that are timed.

  static StreamSet::Options OptionsOf(const std::string& address, int streams) {
    StreamSet::Options options{address, streams, std::max(1, streams), 1, {}};
    options.request.mutable_earliest();
    return options;
  }

  std::atomic<int64_t> bytes_{0};
  StreamSet streams_;  // Last: it calls the others.
};

// Sends the mode's events, each at its time after `start`; returns by how many microseconds each was late.
absl::StatusOr<std::vector<int64_t>> SendAll(const Mode& mode, absl::Time start, WebhookSender& sender) {
  const HmacKey key(ServerProcess::kSecret);
  std::vector<int64_t> late_us;
  for (int64_t i = 0; i < mode.events; ++i) {
    const absl::Time due = start + (i + 1) * mode.interval;
    const std::string request = SignedRequest(key, TrackJson({i, absl::ToInt64Microseconds(due - start)}));
    absl::SleepFor(due - absl::Now());
    late_us.push_back(absl::ToInt64Microseconds(absl::Now() - due));
    AMPSTREAM_RETURN_IF_ERROR(sender.Send(request, 1));
  }
  return late_us;
}

std::string Milliseconds(int64_t us) { return absl::StrFormat("%.2f", static_cast<double>(us) / 1000); }

void PrintResult(const Mode& mode, std::vector<int64_t> latencies_us, std::vector<int64_t> late_us,
                 double replayed_bytes_per_second) {
  std::vector<std::string> cells = {mode.name, absl::StrCat(mode.events), absl::StrCat(latencies_us.size())};
  for (double share : {0.5, 0.99, 0.999, 1.0}) cells.push_back(Milliseconds(Percentile(share, &latencies_us)));
  for (double share : {0.5, 0.99}) cells.push_back(Milliseconds(Percentile(share, &late_us)));
  cells.push_back(absl::StrFormat("%.0f", replayed_bytes_per_second / 1e6));
  PrintRow(cells);
}

absl::Status Measure(const Flags& flags, const Mode& mode) {
  const TemporaryFolder folder;
  AMPSTREAM_ASSIGN_OR_RETURN(const std::unique_ptr<ServerProcess> server,
                             ServerProcess::Start(flags.server, flags.memory ? "" : folder.path() + "/log"));
  AMPSTREAM_ASSIGN_OR_RETURN(const std::unique_ptr<WebhookSender> sender, WebhookSender::Connect(server->http_port()));
  if (flags.replays > 0) AMPSTREAM_RETURN_IF_ERROR(Replays::Fill(flags.history, *sender));
  Replays replays(server->grpc_address(), flags.replays);
  AMPSTREAM_RETURN_IF_ERROR(replays.Await());
  const absl::Time start = absl::Now();
  Arrivals arrivals(flags.subscribers, mode.events, start);
  {
    StreamSet streams({server->grpc_address(), flags.subscribers, flags.subscribers, 1, {}}, arrivals);
    AMPSTREAM_RETURN_IF_ERROR(streams.AwaitSubscribed());
    AMPSTREAM_ASSIGN_OR_RETURN(std::vector<int64_t> late_us, SendAll(mode, start, *sender));
    const bool all = arrivals.AwaitAll();
    PrintResult(mode, arrivals.latencies_us(), std::move(late_us),
                replays.bytes() / absl::ToDoubleSeconds(absl::Now() - start));
    if (!all) return absl::DataLossError(absl::StrCat(mode.name, ": not every subscriber got every event"));
    AMPSTREAM_RETURN_IF_ERROR(streams.status());
  }
  AMPSTREAM_RETURN_IF_ERROR(server->Stop());
  if (arrivals.misplaced() == 0) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat(mode.name, ": ", arrivals.misplaced(), " events out of their order"));
}

absl::Status Run(const Flags& flags) {
  const Mode steady = {absl::StrFormat("%g events/s", flags.rate), absl::Seconds(1) / flags.rate,
                       static_cast<int64_t>(flags.rate * flags.seconds)};
  const Mode gaps = {"1.05 s between events", absl::Milliseconds(1050), flags.gaps};
  PrintConditions(absl::StrCat("From the scheduled send time to each of ", flags.subscribers,
                               " subscribers, in ms, beside ", flags.replays, " replays"),
                  flags.memory ? "log in memory" : "log on disk");
  PrintHead(
      {"sending", "events", "deliveries", "p50", "p99", "p99.9", "max", "sender late, p50", "p99", "replayed, MB/s"});
  AMPSTREAM_RETURN_IF_ERROR(Measure(flags, steady));
  return Measure(flags, gaps);
}

}  // namespace
}  // namespace ampstream

int main(int argc, char** argv) {
  ampstream::Flags flags;
  CLI::App app("Measures the latency from a webhook's sender to its subscribers");
  app.add_option("--server", flags.server, "path of ampstreamd")->required();
  app.add_option("--subscribers", flags.subscribers, "each on a connection of its own")->capture_default_str();
  app.add_option("--rate", flags.rate, "events a second")->capture_default_str();
  app.add_option("--seconds", flags.seconds, "how long to send at that rate")->capture_default_str();
  app.add_option("--gaps", flags.gaps, "how many events to send with gaps between them")->capture_default_str();
  app.add_option("--replays", flags.replays, "subscribers that read from the beginning meanwhile")
      ->capture_default_str();
  app.add_option("--history", flags.history, "events that they find there")->capture_default_str();
  app.add_flag("--memory", flags.memory, "keep the log in memory");
  CLI11_PARSE(app, argc, argv);
  const absl::Status status = ampstream::Run(flags);
  if (!status.ok()) std::cerr << "latency: " << status << "\n";
  return status.ok() ? 0 : 1;
}
