// How many deliveries the server takes over HTTP, with nobody subscribed, its log on disk and in memory, beside
// connections that stay idle (compare has it beside other servers):
//   bazel run -c opt //tests/benchmarks:ingest
//
// Ends with 1 where a delivery is not answered with 200 and all of its events accepted.

#include <CLI/CLI.hpp>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "server/base/status_macros.h"
#include "tests/benchmarks/compare/protocols.h"
#include "tests/benchmarks/compare/publishers.h"
#include "tests/benchmarks/idle_connections.h"
#include "tests/benchmarks/report.h"
#include "tests/benchmarks/server_process.h"
#include "tests/benchmarks/track_json.h"
#include "tests/testing/temporary_folder.h"

namespace ampstream {
namespace {

struct Flags {
  std::string server;
  int connections = 64;
  int64_t requests = 100000;
  int64_t arrays = 3000;
  int64_t array = 100;
  int rounds = 5;
  int idle = 0;
};

// What one round sends.
struct Mode {
  std::string name;
  int64_t requests;
  int64_t events_a_request;  // 1: an event alone, not in an array.
};

// Where the log is.
enum class Side { kDisk, kMemory };

std::string NameOf(Side side) { return side == Side::kDisk ? "on disk" : "in memory"; }

struct Figures {
  double requests_per_second = 0;
  double cpu_us_per_request = 0;
  double idle_kb = 0;  // Of the server's memory, for each idle connection.
};

absl::StatusOr<Figures> Round(const Flags& flags, const Mode& mode, Side side) {
  const TemporaryFolder folder;
  const std::string data_dir = side == Side::kDisk ? folder.path() + "/log" : "";
  AMPSTREAM_ASSIGN_OR_RETURN(const std::unique_ptr<ServerProcess> server, ServerProcess::Start(flags.server, data_dir));
  const std::unique_ptr<PublishProtocol> protocol = WebhookPublish();
  AMPSTREAM_ASSIGN_OR_RETURN(const std::unique_ptr<Publishers> publishers,
                             Publishers::Connect(*protocol, server->http_port(), flags.connections));
  for (int64_t i = 0; i < mode.requests; ++i) publishers->Prepare({i * mode.events_a_request, mode.events_a_request});
  const int64_t rss_before = server->RssBytes();
  AMPSTREAM_ASSIGN_OR_RETURN(const std::unique_ptr<IdleConnections> idle,
                             IdleConnections::Open(server->http_port(), flags.idle));
  const int64_t rss_of_idle = server->RssBytes() - rss_before;
  const absl::Time start = absl::Now();
  const absl::Duration cpu_before = server->CpuTime();
  AMPSTREAM_RETURN_IF_ERROR(publishers->SendAll());
  const absl::Duration elapsed = absl::Now() - start;
  const absl::Duration cpu = server->CpuTime() - cpu_before;
  AMPSTREAM_RETURN_IF_ERROR(server->Stop());
  const auto requests = static_cast<double>(mode.requests);
  return Figures{requests / absl::ToDoubleSeconds(elapsed), absl::ToDoubleMicroseconds(cpu) / requests,
                 flags.idle == 0 ? 0 : static_cast<double>(rss_of_idle) / 1000 / flags.idle};
}

double MedianOf(const std::vector<Figures>& rounds, double Figures::*field) {
  std::vector<double> values;
  for (const Figures& figures : rounds) values.push_back(figures.*field);
  return Median(values);
}

absl::Status Measure(const Flags& flags, const Mode& mode) {
  if (mode.requests == 0) return absl::OkStatus();
  const std::vector<Side> sides = {Side::kDisk, Side::kMemory};
  std::map<Side, std::vector<Figures>> rounds;
  for (int round = 0; round < flags.rounds; ++round) {
    for (const Side side : sides) {
      AMPSTREAM_ASSIGN_OR_RETURN(const Figures figures, Round(flags, mode, side));
      rounds[side].push_back(figures);
    }
  }
  const auto events = static_cast<double>(mode.events_a_request);
  for (const Side side : sides) {
    const double rate = MedianOf(rounds[side], &Figures::requests_per_second);
    const double cpu = MedianOf(rounds[side], &Figures::cpu_us_per_request);
    PrintRow({absl::StrCat(NameOf(side), ", ", mode.name), absl::StrCat(mode.requests), absl::StrFormat("%.0f", rate),
              absl::StrFormat("%.0f", rate * events), absl::StrFormat("%.1f", cpu),
              absl::StrFormat("%.1f", cpu / events),
              absl::StrFormat("%.1f", MedianOf(rounds[side], &Figures::idle_kb))});
  }
  return absl::OkStatus();
}

absl::Status Run(const Flags& flags) {
  PrintConditions(
      absl::StrCat("Keep-alive on ", flags.connections, " connections, ", TrackJson({0, 0}).size(), " bytes an event, ",
                   flags.idle, " further connections idle, median of ", flags.rounds, " rounds of each in turn"),
      "log as the row says, synced");
  PrintHead({"deliveries of", "requests", "requests/s", "events/s", "server CPU us a request", "an event",
             "kB an idle connection"});
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
  app.add_option("--idle", flags.idle, "connections that stay idle meanwhile")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  const absl::Status status = ampstream::Run(flags);
  if (!status.ok()) std::cerr << "ingest: " << status << "\n";
  return status.ok() ? 0 : 1;
}
