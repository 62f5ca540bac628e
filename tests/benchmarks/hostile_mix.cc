// What hostile senders do to a well-behaved one:
//   bazel run -c opt //tests/benchmarks:hostile_mix
//
// First the well-behaved sender is alone, then beside slow drips, bad signatures, garbage, half-closed and reset
// connections, heads and lengths without end. Ends with 1 where what was answered 200 is not in the log once, in order
// of its numbers on each connection or not, or where a descriptor of the server is left over.

#include <CLI/CLI.hpp>
#include <atomic>
#include <filesystem>
#include <iostream>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "client/event_stream.h"
#include "client/subscriber.h"
#include "server/base/mutex.h"
#include "server/base/status_macros.h"
#include "server/ingress/hmac.h"
#include "tests/benchmarks/hostile_sender.h"
#include "tests/benchmarks/report.h"
#include "tests/benchmarks/server_process.h"
#include "tests/benchmarks/track_json.h"
#include "tests/benchmarks/webhook_sender.h"
#include "tests/testing/temporary_folder.h"

namespace ampstream {
namespace {

struct Flags {
  std::string server;
  int seconds = 120;
  int rate = 1000;
  int drips = 64;
  int deliveries = 200;
};

constexpr int kGoodThreads = 4;
constexpr int kHostileThreads = 4;
constexpr absl::Duration kDripEvery = absl::Milliseconds(100);
constexpr absl::Duration kPatience = absl::Seconds(60);

// The well-behaved sender: deliveries at set times on a few connections, each timed from when it was due.
class GoodSender {
 public:
  explicit GoodSender(int port) : port_(port) {}

  // Sends for so long. Returns the latencies, in microseconds.
  absl::StatusOr<std::vector<int64_t>> Send(absl::Duration time, int per_second) {
    const absl::Time start = absl::Now();
    const auto count = static_cast<int64_t>(absl::ToDoubleSeconds(time) * per_second);
    std::vector<std::thread> threads;
    for (int thread = 0; thread < kGoodThreads; ++thread) {
      threads.emplace_back([this, thread, start, count, per_second] {
        Note(SendEvery(thread, start, count, absl::Seconds(1) / per_second));
      });
    }
    for (std::thread& thread : threads) thread.join();
    first_ += count;
    MutexLock lock(&mutex_);
    AMPSTREAM_RETURN_IF_ERROR(status_);
    return std::exchange(latencies_, {});
  }

  // How many were answered 200, all in all: their numbers are those from 0 on.
  int64_t sent() const { return first_; }

 private:
  absl::Status SendEvery(int thread, absl::Time start, int64_t count, absl::Duration step) {
    const HmacKey key(ServerProcess::kSecret);
    AMPSTREAM_ASSIGN_OR_RETURN(const std::unique_ptr<WebhookSender> sender, WebhookSender::Connect(port_));
    for (int64_t i = thread; i < count; i += kGoodThreads) {
      const std::string request = SignedRequest(key, TrackJson({first_ + i, 0}));
      const absl::Time due = start + i * step;
      absl::SleepFor(due - absl::Now());
      AMPSTREAM_RETURN_IF_ERROR(sender->Send(request, 1));
      MutexLock lock(&mutex_);
      latencies_.push_back(absl::ToInt64Microseconds(absl::Now() - due));
    }
    return absl::OkStatus();
  }

  void Note(const absl::Status& status) {
    MutexLock lock(&mutex_);
    status_.Update(status);
  }

  const int port_;
  int64_t first_ = 0;
  Mutex mutex_;
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
  std::vector<int64_t> latencies_ ABSL_GUARDED_BY(mutex_);
};

// Acts at the rate until told to end. Returns how often.
int64_t DoHarm(const Flags& flags, int port, int thread, const std::atomic<bool>& ends) {
  HostileSender sender(port, flags.drips / kHostileThreads, static_cast<uint32_t>(thread));
  const absl::Duration step = absl::Seconds(1) * kHostileThreads / flags.rate;
  const absl::Time start = absl::Now();
  absl::Time next_drip = start;
  for (int64_t i = 0; !ends; ++i) {
    absl::SleepFor(start + i * step - absl::Now());
    sender.Act();
    if (absl::Now() < next_drip) continue;
    sender.Drip();
    next_drip += kDripEvery;
  }
  return sender.acts();
}

int Descriptors(pid_t pid) {
  int count = 0;
  for (const auto& one : std::filesystem::directory_iterator(absl::StrCat("/proc/", pid, "/fd"))) {
    static_cast<void>(one);
    ++count;
  }
  return count;
}

absl::Status AwaitDescriptors(pid_t pid, int expected) {
  const absl::Time end = absl::Now() + kPatience;
  while (Descriptors(pid) > expected) {
    if (absl::Now() > end)
      return absl::InternalError(absl::StrCat(Descriptors(pid) - expected, " descriptors are left over"));
    absl::SleepFor(absl::Milliseconds(10));
  }
  return absl::OkStatus();
}

// That the log has each of the numbers once, and nothing else.
absl::Status CheckLog(const std::string& address, int64_t sent) {
  v1::SubscribeRequest request;
  request.mutable_earliest();
  request.set_until_caught_up(true);
  std::set<int64_t> found;
  bool is_good = true;
  const absl::Status end =
      Subscriber::Connect(address).Subscribe(request)->ForEach([&](const v1::SubscribeResponse& response) {
        for (const v1::Event& event : response.events()) {
          const absl::optional<TrackMark> mark = MarkOf(event);
          is_good = is_good && mark.has_value() && found.insert(mark->number).second;
        }
        return true;
      });
  if (!end.ok()) return end;
  if (is_good && static_cast<int64_t>(found.size()) == sent) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat(found.size(), " events are there of ", sent, ", or some twice"));
}

void Report(const std::string& name, std::vector<int64_t> latencies) {
  PrintRow({name, absl::StrCat(latencies.size()), absl::StrFormat("%.2f", Percentile(0.5, &latencies) / 1e3),
            absl::StrFormat("%.2f", Percentile(0.99, &latencies) / 1e3),
            absl::StrFormat("%.2f", Percentile(1, &latencies) / 1e3)});
}

absl::Status Run(const Flags& flags) {
  const TemporaryFolder folder;
  AMPSTREAM_ASSIGN_OR_RETURN(const std::unique_ptr<ServerProcess> server,
                             ServerProcess::Start(flags.server, folder.path() + "/log"));
  GoodSender good(server->http_port());
  const int descriptors = Descriptors(server->pid());
  std::vector<int64_t> rss = {server->RssBytes() >> 20};
  AMPSTREAM_ASSIGN_OR_RETURN(std::vector<int64_t> alone, good.Send(absl::Seconds(flags.seconds) / 4, flags.deliveries));
  rss.push_back(server->RssBytes() >> 20);
  std::atomic<bool> ends{false};
  std::atomic<int64_t> acts{0};
  std::vector<std::thread> hostile;
  for (int thread = 0; thread < kHostileThreads; ++thread)
    hostile.emplace_back([&, thread] { acts += DoHarm(flags, server->http_port(), thread, ends); });
  std::vector<int64_t> beside;
  absl::Status status;
  for (int quarter = 0; quarter < 4 && status.ok(); ++quarter) {
    absl::StatusOr<std::vector<int64_t>> some = good.Send(absl::Seconds(flags.seconds) / 4, flags.deliveries);
    status = some.status();
    if (some.ok()) beside.insert(beside.end(), some->begin(), some->end());
    rss.push_back(server->RssBytes() >> 20);
  }
  ends = true;
  for (std::thread& thread : hostile) thread.join();
  AMPSTREAM_RETURN_IF_ERROR(status);
  PrintConditions(absl::StrCat(flags.deliveries, " deliveries a second on ", kGoodThreads, " connections, for ",
                               flags.seconds, " s beside ", acts.load(), " hostile acts and ", flags.drips, " drips"),
                  "log on disk, synced");
  PrintHead({"well-behaved sender", "deliveries", "p50, ms", "p99, ms", "longest, ms"});
  Report("alone", alone);
  Report("beside the mix", beside);
  std::cout
      << absl::StrFormat("\np99 beside the mix is %.2f times that alone (wanted: at most 2). ",
                         static_cast<double>(Percentile(0.99, &beside)) / Percentile(0.99, &alone))
      << "The server's memory, MiB: " << rss[0] << " at the start, " << rss[1]
      << " when it was sent to for a quarter of the time by the well-behaved one alone (whose newest events it keeps), "
      << absl::StrJoin(rss.begin() + 2, rss.end(), ", ") << " after each quarter of the mix.\n";
  AMPSTREAM_RETURN_IF_ERROR(AwaitDescriptors(server->pid(), descriptors));
  AMPSTREAM_RETURN_IF_ERROR(CheckLog(server->grpc_address(), good.sent()));
  return server->Stop();
}

}  // namespace
}  // namespace ampstream

int main(int argc, char** argv) {
  ampstream::Flags flags;
  CLI::App app("Measures what hostile senders do to a well-behaved one");
  app.add_option("--server", flags.server, "path of ampstreamd")->required();
  app.add_option("--seconds", flags.seconds, "of the mix; before it, a quarter of that without")->capture_default_str();
  app.add_option("--rate", flags.rate, "hostile acts a second")->capture_default_str();
  app.add_option("--drips", flags.drips, "connections that drip")->capture_default_str();
  app.add_option("--deliveries", flags.deliveries, "of the well-behaved sender, a second")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  const absl::Status status = ampstream::Run(flags);
  if (!status.ok()) std::cerr << "hostile_mix: " << status << "\n";
  return status.ok() ? 0 : 1;
}
