#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/status_macros.h"
#include "tests/benchmarks/compare/contest.h"
#include "tests/benchmarks/compare/sections.h"

namespace ampstream {
namespace {

constexpr Senders kOneByOne = {64, 1};
constexpr Senders kInArrays = {16, kArray};
constexpr double kThousand = 1e3;
constexpr double kWantedEvents = 200e3;  // A second, in arrays.
constexpr double Sample::*kRate = &Sample::deliveries_per_second;

// By their places.
enum { kOurs = 0, kNode = 1, kJetStream = 2 };

std::vector<Contestant> Contestants(const Binaries& binaries) {
  std::vector<Contestant> contestants;
  Add(Ampstreamd(binaries.ampstreamd), &contestants);
  Add(NodeIngest(binaries.node, binaries.node_script), &contestants);
  Add(JetStreamFile(binaries.nats, Sync::kDefault), &contestants);
  Add(JetStreamFile(binaries.nats, Sync::kAlways), &contestants);
  Add(RedisStreams(binaries.redis), &contestants);
  Add(Centrifugo(binaries.centrifugo), &contestants);
  return contestants;
}

absl::StatusOr<std::vector<Contestant>> MeasureFrom(const Course& course, const Senders& senders,
                                                    const std::string& title, Findings* findings) {
  std::vector<Contestant> all = Contestants(course.binaries);
  AMPSTREAM_RETURN_IF_ERROR(Contest(course, {senders, 0}, &all));
  Table table{title,
              absl::StrCat("Over ", senders.count, " keep-alive connections, a request of ", senders.events_a_request,
                           " at a time on each, nobody subscribed. Medians of ", course.plan.rounds,
                           " rounds in which all took turns."),
              {"server", "1,000 events/s", "ampstreamd to it", "server CPU us an event", "ampstreamd to it"},
              {}};
  for (const Contestant& one : all) table.rows.push_back(Cells(one, all[kOurs], kThousand, 1));
  findings->tables.push_back(std::move(table));
  findings->panels.push_back(PanelOf(absl::StrCat(title, ", 1,000 events/s: more is better"), all, 1,
                                     [](const Contestant& one) { return MedianOf(one.samples, kRate) / kThousand; }));
  return all;
}

}  // namespace

absl::Status MeasureIngest(const Course& course, Findings* findings) {
  AMPSTREAM_ASSIGN_OR_RETURN(const std::vector<Contestant> one,
                             MeasureFrom(course, kOneByOne, "Ingest, one event a POST", findings));
  findings->goals.push_back(
      GoalOf({"ingest, one event a POST, 1,000 events/s", kRate, kThousand, 1, 1}, one[kOurs], one[kNode]));
  AMPSTREAM_ASSIGN_OR_RETURN(const std::vector<Contestant> arrays,
                             MeasureFrom(course, kInArrays, "Ingest, arrays of 100", findings));
  const std::string what = "ingest, arrays of 100, 1,000 events/s";
  const double rate = MedianOf(arrays[kOurs].samples, kRate);
  findings->goals.push_back(
      {what, Figure(rate / kThousand, 1), "", Figure(kWantedEvents / kThousand, 0), rate >= kWantedEvents});
  findings->goals.push_back(GoalOf({what, kRate, kThousand, 1, 1.5}, arrays[kOurs], arrays[kJetStream]));
  return absl::OkStatus();
}

}  // namespace ampstream
