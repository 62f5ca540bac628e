// How many events a second the log on disk takes, and RocksDB alone:
//   bazel run -c opt //tests/benchmarks:log_append
//
// A delivery is a group of so many events, on disk before the next one is given. Both sides take turns, each with
// its database open for its own turn alone, so that what RocksDB does behind one side's back is paid by that side. What
// a turn has written is still there in the next one. Ends with 1 where an event is not taken.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdint>
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
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "server/base/status_macros.h"
#include "tests/benchmarks/log_sides.h"
#include "tests/benchmarks/report.h"
#include "tests/benchmarks/track_events.h"
#include "tests/testing/temporary_folder.h"

namespace ampstream {
namespace {

// Deliveries are made so many at a time, while no clock runs.
constexpr int64_t kDeliveriesAtOnce = 64;

struct Flags {
  std::vector<int64_t> groups = {1, 16, 128, 1024};
  double seconds = 3;
  int rounds = 5;
  bool uncompressed = false;
};

struct Figures {
  double events_per_second = 0;
  double cpu_seconds_per_million = 0;
};

// One side, over all its turns.
struct Side {
  std::function<absl::StatusOr<std::unique_ptr<LogSide>>()> open;
  TrackEvents events;
  std::vector<double> rates;
  std::vector<double> cpu;
};

std::vector<std::vector<NewEvent>> Deliveries(int64_t group, TrackEvents* events) {
  std::vector<std::vector<NewEvent>> deliveries;
  for (int64_t i = 0; i < kDeliveriesAtOnce; ++i) deliveries.push_back(events->Next(group));
  return deliveries;
}

absl::StatusOr<Figures> AppendFor(absl::Duration duration, int64_t group, LogSide& log, TrackEvents* events) {
  absl::Duration elapsed;
  absl::Duration cpu;
  int64_t appended = 0;
  while (elapsed < duration) {
    std::vector<std::vector<NewEvent>> deliveries = Deliveries(group, events);
    const absl::Time start = absl::Now();
    const absl::Duration cpu_before = CpuTimeOfThisProcess();
    for (std::vector<NewEvent>& delivery : deliveries) AMPSTREAM_RETURN_IF_ERROR(log.Append(std::move(delivery)));
    elapsed += absl::Now() - start;
    cpu += CpuTimeOfThisProcess() - cpu_before;
    appended += group * kDeliveriesAtOnce;
  }
  const auto count = static_cast<double>(appended);
  return Figures{count / absl::ToDoubleSeconds(elapsed), absl::ToDoubleSeconds(cpu) / count * 1e6};
}

absl::Status Turn(const Flags& flags, int64_t group, Side* side) {
  AMPSTREAM_ASSIGN_OR_RETURN(const std::unique_ptr<LogSide> log, side->open());
  AMPSTREAM_ASSIGN_OR_RETURN(const Figures figures,
                             AppendFor(absl::Seconds(flags.seconds), group, *log, &side->events));
  side->rates.push_back(figures.events_per_second);
  side->cpu.push_back(figures.cpu_seconds_per_million);
  return absl::OkStatus();
}

// What the log is made for: not far from what the disk and RocksDB give, though it does more.
double LeastRatio(int64_t group) { return group <= 16 ? 0.8 : 0.6; }

void PrintResult(int64_t group, const Side& ours, const Side& bare) {
  std::vector<double> ratios;
  for (size_t i = 0; i < ours.rates.size(); ++i) ratios.push_back(ours.rates[i] / bare.rates[i]);
  const auto [least, most] = std::minmax_element(ratios.begin(), ratios.end());
  PrintRow({absl::StrCat(group), absl::StrFormat("%.0f", Median(ours.rates)),
            absl::StrFormat("%.0f", Median(bare.rates)), absl::StrFormat("%.2f", Median(ratios)),
            absl::StrFormat("%.2f to %.2f", *least, *most), absl::StrFormat("%.1f", LeastRatio(group)),
            absl::StrFormat("%.2f", Median(ours.cpu)), absl::StrFormat("%.2f", Median(bare.cpu))});
}

absl::Status Measure(const Flags& flags, int64_t group) {
  const TemporaryFolder folder;
  AMPSTREAM_ASSIGN_OR_RETURN(const TrackEvents events, TrackEvents::Make());
  Side ours{[&] { return ServerLog::Open(folder.path() + "/server"); }, events, {}, {}};
  BareRocksdb::Options bare_options;
  bare_options.compressed = !flags.uncompressed;
  Side bare{[&] { return BareRocksdb::Open(folder.path() + "/bare", bare_options); }, events, {}, {}};
  for (int round = 0; round < flags.rounds; ++round) {
    AMPSTREAM_RETURN_IF_ERROR(Turn(flags, group, &ours));
    AMPSTREAM_RETURN_IF_ERROR(Turn(flags, group, &bare));
  }
  PrintResult(group, ours, bare);
  return absl::OkStatus();
}

absl::Status Run(const Flags& flags) {
  AMPSTREAM_ASSIGN_OR_RETURN(const TrackEvents events, TrackEvents::Make());
  PrintConditionsOnDisk(absl::StrCat(
      "Events of ", events.event_bytes(), " bytes, a synchronous write a group, median of ", flags.rounds, " turns of ",
      flags.seconds, " s; RocksDB alone ", flags.uncompressed ? "uncompressed" : "compressed by Snappy"));
  PrintHead({"events a group", "log: events/s", "RocksDB: events/s", "ratio", "of the turns", "wanted",
             "log: CPU s a million", "RocksDB: CPU s a million"});
  for (int64_t group : flags.groups) AMPSTREAM_RETURN_IF_ERROR(Measure(flags, group));
  return absl::OkStatus();
}

}  // namespace
}  // namespace ampstream

int main(int argc, char** argv) {
  ampstream::Flags flags;
  CLI::App app("Measures durable appends to the log, and to RocksDB alone");
  app.add_option("--groups", flags.groups, "events a group; several values: one after the other")
      ->capture_default_str();
  app.add_option("--seconds", flags.seconds, "of one side's turn")->capture_default_str();
  app.add_option("--rounds", flags.rounds, "turns of each side")->capture_default_str()->check(CLI::PositiveNumber);
  app.add_flag("--uncompressed", flags.uncompressed, "RocksDB alone not compressed; else by its default");
  CLI11_PARSE(app, argc, argv);
  const absl::Status status = ampstream::Run(flags);
  if (!status.ok()) std::cerr << "log_append: " << status << "\n";
  return status.ok() ? 0 : 1;
}
