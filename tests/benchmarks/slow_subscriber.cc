// What one subscriber that never reads costs the server in memory, and the others in time, with the log on disk:
//   bazel run -c opt //tests/benchmarks:slow_subscriber
//
// Open loop: each delivery has a time at which it should be sent, whether or not the sender came to it in time, and
// each subscriber subtracts that from the time at which it has the delivery's last event. Rounds without and with the
// one take turns, each with a server of its own. At last the one reads all that it has missed. Ends with 1 where an
// event is lost, repeated or out of order, for any of them.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <cstdint>
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
#include "absl/types/optional.h"
#include "ampstream/v1/event_service.pb.h"
#include "server/base/status_macros.h"
#include "server/event/field_walk.h"
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

constexpr absl::Duration kPatience = absl::Seconds(120);
constexpr int kEvents = v1::SubscribeResponse::kEventsFieldNumber;
constexpr double kMebibyte = 1 << 20;

struct Flags {
  std::string server;
  int subscribers = 9;
  int64_t events = 1000000;
  int64_t array = 100;
  double rate = 20000;
  int rounds = 5;
};

// When each delivery should be sent.
class Schedule {
 public:
  explicit Schedule(const Flags& flags)
      : array_(flags.array),
        deliveries_((flags.events + flags.array - 1) / flags.array),
        interval_(absl::Seconds(static_cast<double>(flags.array) / flags.rate)) {}

  // From now on.
  void Start() { start_ = absl::Now(); }

  int64_t deliveries() const { return deliveries_; }
  int64_t events() const { return deliveries_ * array_; }
  absl::Time Due(int64_t delivery) const { return start_ + (delivery + 1) * interval_; }

  // Of the last event of a delivery, which one; nothing for the others.
  absl::optional<int64_t> DeliveryThatEndsWith(int64_t event) const {
    if ((event + 1) % array_ != 0) return absl::nullopt;
    return event / array_;
  }

 private:
  const int64_t array_;
  const int64_t deliveries_;
  const absl::Duration interval_;
  absl::Time start_;
};

// Of a delivery's last event, at one subscriber.
struct Arrival {
  int64_t delivery;
  absl::Time time;
};

// What the streams of a set, which has one thread, got.
class Arrivals final : public StreamSet::Reader {
 public:
  Arrivals(int streams, const Schedule& schedule)
      : schedule_(schedule), streams_(streams), next_(static_cast<size_t>(streams), 0) {}

  bool OnResponse(int stream, absl::Time time, absl::string_view response) override {
    FieldWalk walk(response);
    for (Field field; walk.Next(&field);) {
      if (field.number == kEvents) Take(stream, time, field.bytes);
    }
    return true;
  }

  // False: some stream has not got the last event in time.
  bool AwaitAll() const { return complete_.AwaitAtLeast(streams_, kPatience); }

  // After the set is gone. Events that are not the one that follows on the last: what was lost, repeated or out of
  // order shows so.
  int64_t misplaced() const { return misplaced_; }
  const std::vector<Arrival>& arrivals() const { return arrivals_; }

 private:
  void Take(int stream, absl::Time time, absl::string_view event) {
    int64_t& next = next_[static_cast<size_t>(stream)];
    if (NumberIn(event) != next) {
      ++misplaced_;
      return;
    }
    const absl::optional<int64_t> delivery = schedule_.DeliveryThatEndsWith(next);
    if (delivery.has_value()) arrivals_.push_back({*delivery, time});
    if (++next == schedule_.events()) complete_.Add();
  }

  const Schedule& schedule_;
  const int streams_;
  WaitableCount complete_;
  std::vector<int64_t> next_;  // By stream, the number that should come.
  std::vector<Arrival> arrivals_;
  int64_t misplaced_ = 0;
};

// Reads its first response, and nothing more before it is let.
class ReadsLater final : public StreamSet::Reader {
 public:
  explicit ReadsLater(const Schedule& schedule) : arrivals_(1, schedule) {}

  bool OnResponse(int stream, absl::Time time, absl::string_view response) override {
    arrivals_.OnResponse(stream, time, response);
    return reads_;
  }

  void BeginToRead() { reads_ = true; }
  const Arrivals& arrivals() const { return arrivals_; }

 private:
  std::atomic<bool> reads_{false};
  Arrivals arrivals_;
};

struct Figures {
  int64_t growth_bytes = 0;
  int64_t p50_us = 0;
  int64_t p99_us = 0;
  int64_t sent_p99_us = 0;  // From when it was sent, however late.
  int64_t late_p99_us = 0;  // Of the sender, which waits for each answer: a disk that is slow makes it late.
  double cpu_share = 0;     // Of one processor, that the server took.
  double replay_rate = 0;   // Events a second, of the one that reads at last.
};

// What was seen while the events were sent.
struct Sent {
  std::vector<absl::Time> times;  // By delivery.
  int64_t most_rss_bytes = 0;
};

// Sends all, each delivery at its time.
absl::StatusOr<Sent> SendAll(const Flags& flags, const Schedule& schedule, const ServerProcess& server,
                             WebhookSender& sender) {
  const HmacKey key(ServerProcess::kSecret);
  Sent sent;
  for (int64_t i = 0; i < schedule.deliveries(); ++i) {
    const std::string request = SignedRequest(key, TrackArrayJson(i * flags.array, flags.array));
    absl::SleepFor(schedule.Due(i) - absl::Now());
    sent.times.push_back(absl::Now());
    AMPSTREAM_RETURN_IF_ERROR(sender.Send(request, flags.array));
    sent.most_rss_bytes = std::max(sent.most_rss_bytes, server.RssBytes());
  }
  return sent;
}

// Lets the one that did not read do so; returns how many events a second it got.
absl::StatusOr<double> ReadAtLast(const Schedule& schedule, ReadsLater* reader, StreamSet* stream) {
  const absl::Time start = absl::Now();
  reader->BeginToRead();
  stream->Resume();
  if (!reader->arrivals().AwaitAll()) return absl::DataLossError("the one that reads at last did not get every event");
  AMPSTREAM_RETURN_IF_ERROR(stream->status());
  return static_cast<double>(schedule.events()) / absl::ToDoubleSeconds(absl::Now() - start);
}

// A server and its subscribers, for one round.
class Bench {
 public:
  Bench(const Flags& flags, bool with_one_that_never_reads)
      : flags_(flags),
        with_one_(with_one_that_never_reads),
        schedule_(flags),
        arrivals_(flags.subscribers, schedule_),
        later_(schedule_) {}

  absl::StatusOr<Figures> Run() {
    AMPSTREAM_RETURN_IF_ERROR(Start());
    const int64_t rss_before = server_->RssBytes();
    const absl::Duration cpu_before = server_->CpuTime();
    schedule_.Start();
    const absl::Time start = absl::Now();
    AMPSTREAM_ASSIGN_OR_RETURN(const Sent sent, SendAll(flags_, schedule_, *server_, *sender_));
    if (!arrivals_.AwaitAll()) return absl::DataLossError("not every subscriber got every event");
    Figures figures;
    figures.cpu_share = absl::FDivDuration(server_->CpuTime() - cpu_before, absl::Now() - start);
    figures.growth_bytes = std::max(sent.most_rss_bytes, server_->RssBytes()) - rss_before;
    if (with_one_) {
      AMPSTREAM_ASSIGN_OR_RETURN(figures.replay_rate, ReadAtLast(schedule_, &later_, one_.get()));
    }
    AMPSTREAM_RETURN_IF_ERROR(EndAndCheck());
    Take(sent.times, &figures);
    return figures;
  }

 private:
  void Take(const std::vector<absl::Time>& sent, Figures* figures) const {
    std::vector<int64_t> from_due_us;
    std::vector<int64_t> from_sent_us;
    for (const Arrival& arrival : arrivals_.arrivals()) {
      from_due_us.push_back(absl::ToInt64Microseconds(arrival.time - schedule_.Due(arrival.delivery)));
      from_sent_us.push_back(absl::ToInt64Microseconds(arrival.time - sent[static_cast<size_t>(arrival.delivery)]));
    }
    std::vector<int64_t> late_us;
    for (size_t i = 0; i < sent.size(); ++i) {
      late_us.push_back(absl::ToInt64Microseconds(sent[i] - schedule_.Due(static_cast<int64_t>(i))));
    }
    figures->p50_us = Percentile(0.5, &from_due_us);
    figures->p99_us = Percentile(0.99, &from_due_us);
    figures->sent_p99_us = Percentile(0.99, &from_sent_us);
    figures->late_p99_us = Percentile(0.99, &late_us);
  }

  absl::Status Start() {
    AMPSTREAM_ASSIGN_OR_RETURN(server_, ServerProcess::Start(flags_.server, folder_.path() + "/log"));
    AMPSTREAM_ASSIGN_OR_RETURN(sender_, WebhookSender::Connect(server_->http_port()));
    const std::string& address = server_->grpc_address();
    streams_ = std::make_unique<StreamSet>(StreamSet::Options{address, flags_.subscribers, flags_.subscribers, 1, {}},
                                           arrivals_);
    one_ = std::make_unique<StreamSet>(StreamSet::Options{address, with_one_ ? 1 : 0, 1, 1, {}}, later_);
    AMPSTREAM_RETURN_IF_ERROR(streams_->AwaitSubscribed());
    return one_->AwaitSubscribed();
  }

  absl::Status EndAndCheck() {
    AMPSTREAM_RETURN_IF_ERROR(streams_->status());
    streams_ = nullptr;
    one_ = nullptr;
    AMPSTREAM_RETURN_IF_ERROR(server_->Stop());
    const int64_t misplaced = arrivals_.misplaced() + later_.arrivals().misplaced();
    if (misplaced == 0) return absl::OkStatus();
    return absl::DataLossError(absl::StrCat(misplaced, " events out of their order"));
  }

  const Flags& flags_;
  const bool with_one_;
  Schedule schedule_;
  const TemporaryFolder folder_;
  std::unique_ptr<ServerProcess> server_;
  std::unique_ptr<WebhookSender> sender_;
  Arrivals arrivals_;
  ReadsLater later_;
  std::unique_ptr<StreamSet> streams_;
  std::unique_ptr<StreamSet> one_;
};

std::string Mebibytes(double bytes) { return absl::StrFormat("%.1f", bytes / kMebibyte); }
std::string Milliseconds(double us) { return absl::StrFormat("%.2f", us / 1000); }

// One of the figures, the median of all rounds.
template <typename T>
double MedianOf(const std::vector<Figures>& rounds, T Figures::*figure) {
  std::vector<double> values;
  for (const Figures& round : rounds) values.push_back(static_cast<double>(round.*figure));
  return Median(std::move(values));
}

void PrintFigures(const std::string& name, const std::vector<Figures>& rounds) {
  const double replay_rate = MedianOf(rounds, &Figures::replay_rate);
  PrintRow({name, Mebibytes(MedianOf(rounds, &Figures::growth_bytes)), Milliseconds(MedianOf(rounds, &Figures::p50_us)),
            Milliseconds(MedianOf(rounds, &Figures::p99_us)), Milliseconds(MedianOf(rounds, &Figures::sent_p99_us)),
            Milliseconds(MedianOf(rounds, &Figures::late_p99_us)),
            absl::StrFormat("%.2f", MedianOf(rounds, &Figures::cpu_share)),
            replay_rate > 0 ? absl::StrFormat("%.0f", replay_rate) : ""});
}

// Of the medians, with the one to without.
double Ratio(const std::vector<Figures>& without, const std::vector<Figures>& with, int64_t Figures::*figure) {
  return MedianOf(with, figure) / MedianOf(without, figure);
}

void PrintResult(const std::vector<Figures>& without, const std::vector<Figures>& with) {
  PrintFigures("median without", without);
  PrintFigures("median with", with);
  const double growth = MedianOf(with, &Figures::growth_bytes) - MedianOf(without, &Figures::growth_bytes);
  std::cout << "\nWith the one, the server grew by " << Mebibytes(growth)
            << " MiB more (wanted: under 64), and p99 was "
            << absl::StrFormat("%.2f", Ratio(without, with, &Figures::p99_us))
            << " times as long (wanted: at most 1.2; from sending on "
            << absl::StrFormat("%.2f", Ratio(without, with, &Figures::sent_p99_us))
            << "). All had every event once, in order; the one too, at last.\n";
}

absl::Status Run(const Flags& flags) {
  PrintConditions(absl::StrFormat("%d events in arrays of %d, %g a second, to each of %d subscribers, without and with "
                                  "one more that never reads",
                                  Schedule(flags).events(), flags.array, flags.rate, flags.subscribers),
                  "log on disk");
  PrintHead({"round", "server grew, MiB", "p50, ms", "p99, ms", "p99 from sending, ms", "sender late p99, ms",
             "server CPUs", "read at last, events/s"});
  std::vector<Figures> figures[2];
  for (int round = 1; round <= flags.rounds; ++round) {
    // In turn first and second: what a round leaves to the disk is paid for by the next.
    for (bool second : {false, true}) {
      const bool with_one = second == (round % 2 == 1);
      Bench bench(flags, with_one);
      AMPSTREAM_ASSIGN_OR_RETURN(const Figures measured, bench.Run());
      figures[with_one].push_back(measured);
      PrintFigures(absl::StrCat(round, with_one ? " with" : " without"), {measured});
    }
  }
  PrintResult(figures[0], figures[1]);
  return absl::OkStatus();
}

}  // namespace
}  // namespace ampstream

int main(int argc, char** argv) {
  ampstream::Flags flags;
  CLI::App app("Measures what a subscriber that never reads costs");
  app.add_option("--server", flags.server, "path of ampstreamd")->required();
  app.add_option("--subscribers", flags.subscribers, "that read, each on a connection of its own")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  app.add_option("--events", flags.events, "events a round")->capture_default_str();
  app.add_option("--array", flags.array, "events in one request")->capture_default_str()->check(CLI::PositiveNumber);
  app.add_option("--rate", flags.rate, "events a second")->capture_default_str()->check(CLI::PositiveNumber);
  app.add_option("--rounds", flags.rounds, "of each kind")->capture_default_str()->check(CLI::PositiveNumber);
  CLI11_PARSE(app, argc, argv);
  const absl::Status status = ampstream::Run(flags);
  if (!status.ok()) std::cerr << "slow_subscriber: " << status << "\n";
  return status.ok() ? 0 : 1;
}
