#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "server/base/status_macros.h"
#include "tests/benchmarks/compare/contest.h"
#include "tests/benchmarks/compare/latencies.h"
#include "tests/benchmarks/compare/sections.h"
#include "tests/benchmarks/report.h"
#include "tests/testing/temporary_folder.h"

namespace ampstream {
namespace {

constexpr int kSubscribers = 100;
constexpr Senders kSenders = {4, 1};
constexpr int kSyncs = 200;
constexpr absl::Duration kHeadStart = absl::Milliseconds(20);  // Between the preparation and the first event.

// One way of sending.
struct Mode {
  std::string name;
  int connections = 1;               // Of the subscribers.
  std::vector<int64_t> schedule_us;  // Of each event of a round.
  int rounds = 1;

  // What is wanted, in milliseconds. 0: nothing of that; without a p99, twice that of nats-server and a sync.
  double p50 = 0;
  double p99 = 0;
};

// What a peer showed, over all rounds, in microseconds.
struct Seen {
  std::vector<int64_t> latencies;
  std::vector<double> p99;  // Of each round.
  std::vector<int64_t> late;
  absl::Duration cpu;  // The server's.
};

std::string On(int connections) {
  return absl::StrCat("subscribers on ", connections, connections == 1 ? " connection" : " connections");
}

Mode Steady(const Plan& plan, double rate, int connections) {
  Mode mode{absl::StrCat(rate, " events/s, ", On(connections)), connections, {}, plan.rounds};
  const auto count = static_cast<int64_t>(absl::ToDoubleSeconds(plan.latency) * rate);
  for (int64_t i = 0; i < count; ++i)
    mode.schedule_us.push_back(static_cast<int64_t>(static_cast<double>(i) / rate * 1e6));
  return mode;
}

// From 1.02 to 1.1 s between events: gRPC's pollers sleep after a second.
Mode Gaps(const Plan& plan, int connections) {
  Mode mode{absl::StrCat("gaps of 1.02 to 1.1 s, ", On(connections)), connections, {}};
  int64_t at = 1000000;
  for (int i = 0; i < plan.gaps; ++i) {
    mode.schedule_us.push_back(at);
    at += 1020000 + i % 9 * 10000;
  }
  mode.p99 = 5;
  return mode;
}

std::vector<Mode> Modes(const Plan& plan) {
  std::vector<Mode> modes = {Steady(plan, 100, 1),  Steady(plan, 100, kSubscribers),
                             Steady(plan, 1000, 1), Steady(plan, 1000, 10),
                             Gaps(plan, 1),         Gaps(plan, kSubscribers)};
  for (size_t i = 0; i < 2; ++i) modes[i].p50 = 1, modes[i].p99 = 3;
  return modes;
}

// A peer under one way of sending.
class OpenLoop {
 public:
  explicit OpenLoop(const Mode& mode) : mode_(mode), latencies_(kSubscribers, kSenders) {}

  absl::Status Start(const Peer& peer, const std::string& folder) {
    name_ = peer.name();
    AMPSTREAM_ASSIGN_OR_RETURN(peer_, peer.Start(folder));
    AMPSTREAM_ASSIGN_OR_RETURN(publishers_, peer_->Connect(kSenders.count));
    AMPSTREAM_ASSIGN_OR_RETURN(subscribers_, peer_->Subscribe({kSubscribers, mode_.connections}, latencies_));
    return absl::OkStatus();
  }

  // The first events of the schedule; those of a warm-up are not kept.
  absl::Status Round(size_t events, bool kept) {
    for (size_t i = 0; i < events; ++i) publishers_->Prepare({sent_++, 1, mode_.schedule_us[i]});
    const absl::Time start = absl::Now() + kHeadStart;
    const auto end = mode_.schedule_us.begin() + static_cast<std::ptrdiff_t>(events);
    latencies_.Begin(start, std::vector<int64_t>(mode_.schedule_us.begin(), end));
    const absl::Duration cpu_before = peer_->CpuTime();
    AMPSTREAM_ASSIGN_OR_RETURN(std::vector<int64_t> late, publishers_->SendOnTime(start));
    if (!latencies_.AwaitAll(kPatience)) {
      AMPSTREAM_RETURN_IF_ERROR(subscribers_->status());
      return absl::DataLossError(absl::StrCat(name_, ": not every subscriber got every event in time"));
    }
    std::vector<int64_t> latencies = latencies_.Take();
    if (!kept) return absl::OkStatus();
    seen_.cpu += peer_->CpuTime() - cpu_before;
    seen_.p99.push_back(static_cast<double>(Percentile(0.99, &latencies)));
    seen_.latencies.insert(seen_.latencies.end(), latencies.begin(), latencies.end());
    seen_.late.insert(seen_.late.end(), late.begin(), late.end());
    return absl::OkStatus();
  }

  absl::StatusOr<Seen> End() {
    AMPSTREAM_RETURN_IF_ERROR(subscribers_->status());
    subscribers_ = nullptr;
    AMPSTREAM_RETURN_IF_ERROR(latencies_.Check());
    return std::move(seen_);
  }

 private:
  const Mode& mode_;
  std::string name_;
  int64_t sent_ = 0;
  Seen seen_;
  Latencies latencies_;
  std::unique_ptr<RunningPeer> peer_;
  std::unique_ptr<Publishers> publishers_;
  std::unique_ptr<Subscribers> subscribers_;
};

// The time of a sync of a small write, one after each such gap, as half of them do not exceed, in microseconds. A disk
// and a processor that have had nothing to do take longer.
absl::StatusOr<int64_t> SyncTime(absl::Duration gap) {
  const TemporaryFolder folder;
  const int fd = open(absl::StrCat(folder.path(), "/sync").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
  const std::string bytes(700, 'x');
  std::vector<int64_t> times;
  for (int i = 0; i < kSyncs; ++i) {
    absl::SleepFor(gap);
    const absl::Time start = absl::Now();
    if (write(fd, bytes.data(), bytes.size()) > 0 && fdatasync(fd) == 0)
      times.push_back(absl::ToInt64Microseconds(absl::Now() - start));
  }
  close(fd);
  if (times.size() < kSyncs)
    return absl::UnavailableError(absl::StrCat("cannot write and sync a file in ", folder.path()));
  return Percentile(0.5, &times);
}

std::string Milliseconds(double us) { return Figure(us / 1000, 2); }

// By turns, as in Contest. Empty: not installed.
absl::StatusOr<std::vector<Seen>> Compete(const Mode& mode, const std::vector<const Peer*>& peers) {
  const std::vector<TemporaryFolder> folders(peers.size());
  std::vector<std::unique_ptr<OpenLoop>> loops(peers.size());
  const size_t events = mode.schedule_us.size();
  for (size_t i = 0; i < peers.size(); ++i) {
    if (!IsInstalled(*peers[i])) continue;
    loops[i] = std::make_unique<OpenLoop>(mode);
    AMPSTREAM_RETURN_IF_ERROR(loops[i]->Start(*peers[i], folders[i].path()));
    AMPSTREAM_RETURN_IF_ERROR(loops[i]->Round(std::max<size_t>(1, events / 10), false));
  }
  for (int round = 0; round < mode.rounds; ++round)
    for (const auto& loop : loops)
      if (loop != nullptr) AMPSTREAM_RETURN_IF_ERROR(loop->Round(events, true));
  std::vector<Seen> seen(peers.size());
  for (size_t i = 0; i < peers.size(); ++i) {
    if (loops[i] == nullptr) continue;
    AMPSTREAM_ASSIGN_OR_RETURN(seen[i], loops[i]->End());
  }
  return seen;
}

void AddRow(const Mode& mode, const Peer& peer, Seen* seen, Table* table) {
  std::vector<std::string> row = {absl::StrCat(peer.name(), ", ", mode.name)};
  if (seen->latencies.empty()) {
    row.push_back("not installed");
    row.resize(table->head.size());
    return table->rows.push_back(std::move(row));
  }
  for (const double share : {0.5, 0.99, 0.999, 1.0})
    row.push_back(Milliseconds(static_cast<double>(Percentile(share, &seen->latencies))));
  row.push_back(Milliseconds(static_cast<double>(Percentile(0.99, &seen->late))));
  row.push_back(Figure(absl::ToDoubleMicroseconds(seen->cpu) / static_cast<double>(seen->latencies.size()), 1));
  table->rows.push_back(std::move(row));
}

// A percentile of ampstreamd's that is to be at most that, in milliseconds.
Goal AtMost(const std::string& what, double share, double wanted_ms, Seen* seen) {
  const auto us = static_cast<double>(Percentile(share, &seen->latencies));
  return {what, Milliseconds(us), "", absl::StrCat("under ", wanted_ms), us < wanted_ms * 1000};
}

Goal BesideNats(const std::string& what, int64_t sync_us, const Seen& ours, const Seen& nats) {
  const double p99 = Median(ours.p99);
  Goal goal{what, Milliseconds(p99), "nats-server, core: not installed", "at most 2 times it, and a sync", false};
  if (nats.p99.empty()) return goal;
  const double other = Median(nats.p99);
  goal.beside =
      absl::StrCat("nats-server, core: ", Milliseconds(other), "; a sync: ", Milliseconds(static_cast<double>(sync_us)),
                   ", so ", Times(p99 / other), " times");
  goal.reached = p99 <= 2 * other + static_cast<double>(sync_us);
  return goal;
}

// What is measured, and beside what.
struct Pair {
  std::unique_ptr<Peer> ours;
  std::unique_ptr<Peer> nats;
  int64_t sync_us;
};

absl::Status MeasureMode(const Mode& mode, const Pair& pair, Table* table, BarPanel* panel, std::vector<Goal>* goals) {
  AMPSTREAM_ASSIGN_OR_RETURN(std::vector<Seen> seen, Compete(mode, {pair.ours.get(), pair.nats.get()}));
  AddRow(mode, *pair.ours, &seen[0], table);
  AddRow(mode, *pair.nats, &seen[1], table);
  for (const bool ours : {true, false}) {
    const std::vector<double>& p99 = seen[ours ? 0 : 1].p99;
    const Peer& peer = ours ? *pair.ours : *pair.nats;
    if (!p99.empty()) panel->bars.push_back({absl::StrCat(peer.name(), ", ", mode.name), Median(p99) / 1000, ours});
  }
  const std::string what = absl::StrCat("latency in ms, ", mode.name);
  if (mode.p50 > 0) goals->push_back(AtMost(what + ", p50", 0.5, mode.p50, &seen[0]));
  goals->push_back(mode.p99 > 0 ? AtMost(what + ", p99", 0.99, mode.p99, &seen[0])
                                : BesideNats(what + ", p99", pair.sync_us, seen[0], seen[1]));
  return absl::OkStatus();
}

}  // namespace

absl::Status MeasureLatency(const Course& course, Findings* findings) {
  AMPSTREAM_ASSIGN_OR_RETURN(const int64_t sync_us, SyncTime(absl::Milliseconds(1)));
  AMPSTREAM_ASSIGN_OR_RETURN(const int64_t seldom_us, SyncTime(absl::Milliseconds(10)));
  const Pair pair{Ampstreamd(course.binaries.ampstreamd), NatsCore(course.binaries.nats), sync_us};
  Table table{"Latency",
              absl::StrCat(
                  "From the time at which an event should be sent, one a request, from ", kSenders.count,
                  " senders, to that at which each of ", kSubscribers,
                  " subscribers has it, in ms, whether or not the sender was in time: percentiles of all rounds, which "
                  "both took in turn. A sync of 700 bytes took ",
                  Milliseconds(static_cast<double>(pair.sync_us)), " ms here with a millisecond between two, and ",
                  Milliseconds(static_cast<double>(seldom_us)), " with ten."),
              {"server and load", "p50", "p99", "p99.9", "max", "sender late, p99", "server CPU us a delivery"},
              {}};
  BarPanel panel{absl::StrCat("Latency p99 in ms, ", kSubscribers, " subscribers: less is better"), {}, 2};
  for (const Mode& mode : Modes(course.plan))
    AMPSTREAM_RETURN_IF_ERROR(MeasureMode(mode, pair, &table, &panel, &findings->goals));
  findings->tables.push_back(std::move(table));
  findings->panels.push_back(std::move(panel));
  return absl::OkStatus();
}

}  // namespace ampstream
