#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "server/base/status_macros.h"
#include "tests/benchmarks/compare/contest.h"
#include "tests/benchmarks/compare/sections.h"
#include "tests/testing/temporary_folder.h"

namespace ampstream {
namespace {

constexpr Senders kSenders = {16, kArray};
constexpr int64_t kFilledAtOnce = 160000;
constexpr double kThousand = 1e3;
constexpr double kWantedTimes = 2.5;
constexpr double Sample::*kRate = &Sample::deliveries_per_second;

absl::Status Fill(int64_t events, RunningPeer* peer) {
  AMPSTREAM_ASSIGN_OR_RETURN(const std::unique_ptr<Publishers> publishers, peer->Connect(kSenders.count));
  for (int64_t sent = 0; sent < events;) {
    for (const int64_t end = std::min(events, sent + kFilledAtOnce); sent < end; sent += kArray)
      publishers->Prepare({sent, kArray});
    AMPSTREAM_RETURN_IF_ERROR(publishers->SendAll());
  }
  return absl::OkStatus();
}

absl::StatusOr<Sample> ReadAll(int64_t events, RunningPeer* peer) {
  ArrivalOrder order(1, kSenders);
  order.Expect(events);
  const absl::Duration cpu_before = peer->CpuTime();
  const absl::Time start = absl::Now();
  AMPSTREAM_ASSIGN_OR_RETURN(std::unique_ptr<Subscribers> subscribers, peer->Subscribe({1, 1, From::kEarliest}, order));
  if (!order.AwaitAll(kPatience)) {
    AMPSTREAM_RETURN_IF_ERROR(subscribers->status());
    return absl::DataLossError("replay: not every event came in time");
  }
  const absl::Duration took = absl::Now() - start;
  const absl::Duration cpu = peer->CpuTime() - cpu_before;
  subscribers = nullptr;
  AMPSTREAM_RETURN_IF_ERROR(order.Check());
  const auto count = static_cast<double>(events);
  return Sample{count / absl::ToDoubleSeconds(took), absl::ToDoubleSeconds(cpu) / count * 1e6};
}

absl::Status ReadInTurn(const Course& course, int64_t events, std::vector<Contestant>* all) {
  const std::vector<TemporaryFolder> folders(all->size());
  std::vector<std::unique_ptr<RunningPeer>> running(all->size());
  for (size_t i = 0; i < all->size(); ++i) {
    if (!IsInstalled(*(*all)[i].peer)) continue;
    AMPSTREAM_ASSIGN_OR_RETURN(running[i], (*all)[i].peer->Start(folders[i].path()));
    AMPSTREAM_RETURN_IF_ERROR(Fill(events, running[i].get()));
  }
  for (int round = 0; round < course.plan.rounds; ++round) {
    for (size_t i = 0; i < all->size(); ++i) {
      if (running[i] == nullptr) continue;
      AMPSTREAM_ASSIGN_OR_RETURN(const Sample sample, ReadAll(events, running[i].get()));
      (*all)[i].samples.push_back(sample);
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status MeasureReplay(const Course& course, Findings* findings) {
  std::vector<Contestant> all(2);
  all[0].peer = Ampstreamd(course.binaries.ampstreamd);
  all[1].peer = JetStreamFile(course.binaries.nats, Sync::kDefault);
  const int64_t events = course.plan.replayed;
  AMPSTREAM_RETURN_IF_ERROR(ReadInTurn(course, events, &all));
  Table table{"Replay to one subscriber",
              absl::StrCat(events,
                           " events of 485 bytes, read from the log's beginning on disk (in the page cache), by "
                           "one subscriber, until the last has come. Medians of ",
                           course.plan.rounds, " rounds in which both took turns."),
              {"server", "1,000 events/s", "ampstreamd to it", "server CPU us an event", "ampstreamd to it"},
              {}};
  for (const Contestant& one : all) table.rows.push_back(Cells(one, all[0], kThousand, 0));
  findings->tables.push_back(std::move(table));
  findings->goals.push_back(GoalOf(
      {absl::StrCat("replay of ", events, ", 1,000 events/s"), kRate, kThousand, 0, kWantedTimes}, all[0], all[1]));
  findings->panels.push_back(PanelOf("Replay to one subscriber, 1,000 events/s: more is better", all, 0,
                                     [](const Contestant& one) { return MedianOf(one.samples, kRate) / kThousand; }));
  return absl::OkStatus();
}

}  // namespace ampstream
