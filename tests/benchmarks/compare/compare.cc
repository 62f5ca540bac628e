// ampstreamd beside those that people would pick instead, under the same load in turn:
//   bazel/setup.sh --benchmarks && bazel run -c opt //tests/benchmarks:compare
//
// Ends with 1 where a subscriber does not get every event once and in order. A server that is not installed is a row
// that says so.

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/civil_time.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "server/base/status_macros.h"
#include "tests/benchmarks/child_process.h"
#include "tests/benchmarks/compare/fan_out_peer.h"
#include "tests/benchmarks/compare/load.h"
#include "tests/benchmarks/report.h"
#include "tests/testing/temporary_folder.h"

namespace ampstream {
namespace {

// Where bazel/setup.sh puts what does not come from Debian; `bazel run` tells the workspace.
std::string InVenv(const std::string& name) {
  const char* const workspace = std::getenv("BUILD_WORKSPACE_DIRECTORY");
  return workspace == nullptr ? "" : absl::StrCat(workspace, "/.venv/bin/", name);
}

struct Flags {
  std::string server;
  std::string nats = InVenv("nats-server");
  std::string redis = "/usr/bin/redis-server";
  std::vector<int> subscribers = {10, 100};
  int64_t deliveries = 2000000;  // A round.
  int rounds = 5;
};

// One of those that are compared.
struct Entry {
  std::string name;
  std::string settings;
  std::string binary;
  std::function<absl::StatusOr<std::unique_ptr<FanOutPeer>>(int subscribers)> start;

  std::unique_ptr<FanOutPeer> peer;
  std::vector<double> rates;  // Deliveries a second.
  std::vector<double> cpu;    // Seconds of the server for a million deliveries.
  bool is_there() const { return !binary.empty() && access(binary.c_str(), X_OK) == 0; }
};

std::vector<Entry> Entries(const Flags& flags, const TemporaryFolder& folder) {
  std::vector<Entry> entries(3);
  entries[0] = {"ampstreamd",
                "durable: answered once synced; typed; over HTTP",
                flags.server,
                [&](int subscribers) {
                  return StartAmpstream(flags.server, absl::StrCat(folder.path(), "/", subscribers), subscribers);
                },
                nullptr,
                {},
                {}};
  entries[1] = {"nats-server",
                NatsBroker().settings(),
                flags.nats,
                [&](int subscribers) { return StartBroker(NatsBroker(), flags.nats, subscribers); },
                nullptr,
                {},
                {}};
  entries[2] = {"redis-server",
                RedisBroker().settings(),
                flags.redis,
                [&](int subscribers) { return StartBroker(RedisBroker(), flags.redis, subscribers); },
                nullptr,
                {},
                {}};
  return entries;
}

absl::Status MeasureOnce(int64_t events, int subscribers, Entry* entry) {
  entry->peer->Prepare(events);
  const absl::Duration cpu_before = entry->peer->CpuTime();
  const absl::Time start = absl::Now();
  const absl::Status status = entry->peer->SendAndAwait();
  if (!status.ok()) return absl::Status(status.code(), absl::StrCat(entry->name, ": ", status.message()));
  const auto deliveries = static_cast<double>(events * subscribers);
  entry->rates.push_back(deliveries / absl::ToDoubleSeconds(absl::Now() - start));
  entry->cpu.push_back(absl::ToDoubleSeconds(entry->peer->CpuTime() - cpu_before) / deliveries * 1e6);
  return absl::OkStatus();
}

// Each in turn in each round, so that a change of the machine's mood falls on all. The first round warms up.
absl::Status Measure(const Flags& flags, int subscribers, std::vector<Entry>* entries) {
  for (Entry& entry : *entries) {
    if (!entry.is_there()) continue;
    AMPSTREAM_ASSIGN_OR_RETURN(entry.peer, entry.start(subscribers));
  }
  for (int round = 0; round <= flags.rounds; ++round) {
    for (Entry& entry : *entries) {
      if (entry.peer == nullptr) continue;
      AMPSTREAM_RETURN_IF_ERROR(MeasureOnce(flags.deliveries / subscribers, subscribers, &entry));
      if (round == 0) entry.rates.clear(), entry.cpu.clear();
    }
  }
  return absl::OkStatus();
}

// What it says of itself.
std::string VersionOf(const Entry& entry) {
  if (!entry.is_there()) return absl::StrCat(entry.name, " (not installed)");
  const auto said = ChildProcess::Start({entry.binary, "--version"});
  return said.ok() ? (*said)->ReadLine() : entry.name;
}

std::string Figure(double value) { return absl::StrFormat("%.2f", value); }

void PrintEntry(int subscribers, const Entry& first, const Entry& entry) {
  const std::string name = absl::StrCat(entry.name, " (", entry.settings, ")");
  if (entry.peer == nullptr) return PrintRow({name, absl::StrCat(subscribers), "not installed", "", "", "", ""});
  PrintRow({name, absl::StrCat(subscribers), Figure(Median(entry.rates) / 1e6),
            Figure(Median(first.rates) / Median(entry.rates)), Figure(Median(entry.cpu)),
            Figure(Median(first.cpu) / Median(entry.cpu)), absl::StrCat(entry.peer->RssBytes() / 1000000)});
}

absl::Status Compare(const Flags& flags, const TemporaryFolder& folder, int subscribers) {
  std::vector<Entry> entries = Entries(flags, folder);
  AMPSTREAM_RETURN_IF_ERROR(Measure(flags, subscribers, &entries));
  for (const Entry& entry : entries) PrintEntry(subscribers, entries[0], entry);
  for (Entry& entry : entries) {
    if (entry.peer != nullptr) AMPSTREAM_RETURN_IF_ERROR(entry.peer->Check());
  }
  return absl::OkStatus();
}

absl::Status Run(const Flags& flags) {
  const TemporaryFolder folder;
  PrintConditions(absl::StrCat("Fan-out, ", flags.deliveries, " deliveries a round, events sent in arrays of ", kArray,
                               ", medians of ", flags.rounds, " rounds in which all took turns"),
                  "ampstreamd's log on disk");
  for (const Entry& entry : Entries(flags, folder)) std::cout << "- " << VersionOf(entry) << "\n";
  std::cout << "- " << absl::FormatCivilTime(absl::ToCivilDay(absl::Now(), absl::UTCTimeZone())) << "\n\n";
  PrintHead({"server", "subscribers", "M deliveries/s", "ampstreamd to it", "server CPU s per M deliveries",
             "ampstreamd to it", "MB"});
  for (const int subscribers : flags.subscribers) AMPSTREAM_RETURN_IF_ERROR(Compare(flags, folder, subscribers));
  return absl::OkStatus();
}

}  // namespace
}  // namespace ampstream

int main(int argc, char** argv) {
  ampstream::Flags flags;
  CLI::App app("Measures ampstreamd beside other servers");
  app.add_option("--server", flags.server, "path of ampstreamd")->required();
  app.add_option("--nats", flags.nats, "path of nats-server")->capture_default_str();
  app.add_option("--redis", flags.redis, "path of redis-server")->capture_default_str();
  app.add_option("--subscribers", flags.subscribers, "how many read; several: one after the other");
  app.add_option("--deliveries", flags.deliveries, "to all subscribers together, a round")->capture_default_str();
  app.add_option("--rounds", flags.rounds, "rounds")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  const absl::Status status = ampstream::Run(flags);
  if (!status.ok()) std::cerr << "compare: " << status << "\n";
  return status.ok() ? 0 : 1;
}
