// How many deliveries the server takes over HTTP, with nobody subscribed:
//   bazel run -c opt //tests/benchmarks:ingest
//
// Ends with 1 where a delivery is not answered with 200 and all of its events accepted.

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "server/base/mutex.h"
#include "server/base/status_macros.h"
#include "server/ingress/hmac.h"
#include "tests/benchmarks/report.h"
#include "tests/benchmarks/server_process.h"
#include "tests/benchmarks/track_json.h"
#include "tests/benchmarks/webhook_sender.h"

namespace ampstream {
namespace {

struct Flags {
  std::string server;
  int connections = 64;
  int64_t requests = 100000;
  int64_t arrays = 3000;
  int64_t array = 100;
  int rounds = 3;
};

// What one round sends.
struct Mode {
  std::string name;
  int64_t requests;
  int64_t events_a_request;  // 1: an event alone, not in an array.
};

// A connection, and what is to be sent on it.
struct Lane {
  std::unique_ptr<WebhookSender> sender;
  std::vector<std::string> requests;
};

// All sign and connect before the clock runs.
absl::StatusOr<std::vector<Lane>> MakeLanes(const Flags& flags, const Mode& mode, int http_port) {
  const HmacKey key(ServerProcess::kSecret);
  std::vector<Lane> lanes(static_cast<size_t>(flags.connections));
  for (Lane& lane : lanes) {
    AMPSTREAM_ASSIGN_OR_RETURN(lane.sender, WebhookSender::Connect(http_port));
  }
  for (int64_t i = 0; i < mode.requests; ++i) {
    const std::string body = mode.events_a_request == 1
                                 ? TrackJson({i, 0})
                                 : TrackArrayJson(i * mode.events_a_request, mode.events_a_request);
    lanes[static_cast<size_t>(i) % lanes.size()].requests.push_back(SignedRequest(key, body));
  }
  return lanes;
}

// The first thing that went wrong on any of several threads. Thread-safe.
class FirstError {
 public:
  void Add(const absl::Status& status) {
    MutexLock lock(&mutex_);
    status_.Update(status);
  }
  absl::Status status() const {
    MutexLock lock(&mutex_);
    return status_;
  }

 private:
  mutable Mutex mutex_;
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
};

// Each lane by a thread of its own, a request after the other.
absl::Status SendAll(const Mode& mode, std::vector<Lane>& lanes) {
  FirstError error;
  std::vector<std::thread> threads;
  for (Lane& lane : lanes) {
    threads.emplace_back([&mode, &error, &lane] {
      for (const std::string& request : lane.requests) {
        const absl::Status sent = lane.sender->Send(request, mode.events_a_request);
        if (!sent.ok()) return error.Add(sent);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  return error.status();
}

struct Figures {
  double requests_per_second = 0;
  double cpu_us_per_request = 0;
};

absl::StatusOr<Figures> Round(const Flags& flags, const Mode& mode) {
  AMPSTREAM_ASSIGN_OR_RETURN(const std::unique_ptr<ServerProcess> server, ServerProcess::Start(flags.server));
  AMPSTREAM_ASSIGN_OR_RETURN(std::vector<Lane> lanes, MakeLanes(flags, mode, server->http_port()));
  const absl::Time start = absl::Now();
  const absl::Duration cpu_before = server->CpuTime();
  AMPSTREAM_RETURN_IF_ERROR(SendAll(mode, lanes));
  const absl::Duration elapsed = absl::Now() - start;
  const absl::Duration cpu = server->CpuTime() - cpu_before;
  lanes.clear();
  AMPSTREAM_RETURN_IF_ERROR(server->Stop());
  const auto requests = static_cast<double>(mode.requests);
  return Figures{requests / absl::ToDoubleSeconds(elapsed), absl::ToDoubleMicroseconds(cpu) / requests};
}

absl::Status Measure(const Flags& flags, const Mode& mode) {
  if (mode.requests == 0) return absl::OkStatus();
  std::vector<double> rates;
  std::vector<double> cpu_us;
  for (int round = 0; round < flags.rounds; ++round) {
    AMPSTREAM_ASSIGN_OR_RETURN(const Figures figures, Round(flags, mode));
    rates.push_back(figures.requests_per_second);
    cpu_us.push_back(figures.cpu_us_per_request);
  }
  const auto events = static_cast<double>(mode.events_a_request);
  PrintRow({mode.name, absl::StrCat(mode.requests), absl::StrFormat("%.0f", Median(rates)),
            absl::StrFormat("%.0f", Median(rates) * events), absl::StrFormat("%.1f", Median(cpu_us)),
            absl::StrFormat("%.1f", Median(cpu_us) / events)});
  return absl::OkStatus();
}

absl::Status Run(const Flags& flags) {
  PrintConditions(absl::StrCat("Keep-alive on ", flags.connections, " connections, ", TrackJson({0, 0}).size(),
                               " bytes an event, median of ", flags.rounds, " rounds"));
  PrintHead({"deliveries of", "requests", "requests/s", "events/s", "server CPU us a request", "an event"});
  AMPSTREAM_RETURN_IF_ERROR(Measure(flags, {"one event", flags.requests, 1}));
  return Measure(flags, {absl::StrCat("an array of ", flags.array), flags.arrays, flags.array});
}

}  // namespace
}  // namespace ampstream

int main(int argc, char** argv) {
  ampstream::Flags flags;
  CLI::App app("Measures how fast deliveries are taken");
  app.add_option("--server", flags.server, "path of ampstreamd")->required();
  app.add_option("--connections", flags.connections, "a request at a time on each")->capture_default_str();
  app.add_option("--requests", flags.requests, "deliveries of one event, a round; 0: none")->capture_default_str();
  app.add_option("--arrays", flags.arrays, "deliveries of an array, a round; 0: none")->capture_default_str();
  app.add_option("--array", flags.array, "events in an array")->capture_default_str();
  app.add_option("--rounds", flags.rounds, "of each")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  const absl::Status status = ampstream::Run(flags);
  if (!status.ok()) std::cerr << "ingest: " << status << "\n";
  return status.ok() ? 0 : 1;
}
