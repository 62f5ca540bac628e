#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/status_macros.h"
#include "tests/benchmarks/compare/contest.h"
#include "tests/benchmarks/compare/sections.h"

namespace ampstream {
namespace {

constexpr int kSenders = 8;
constexpr double kMillion = 1e6;
constexpr double Sample::*kRate = &Sample::deliveries_per_second;
constexpr double Sample::*kCpu = &Sample::cpu_seconds_per_million;

// By their places.
enum { kOurs = 0, kNats = 1, kRedis = 2, kTyped = 3 };

std::vector<Contestant> Contestants(const Binaries& binaries) {
  std::vector<Contestant> contestants;
  Add(Ampstreamd(binaries.ampstreamd), &contestants);
  Add(NatsCore(binaries.nats), &contestants);
  Add(RedisPubSub(binaries.redis), &contestants);
  Add(TypedServer(binaries.typed_server), &contestants);
  Add(Centrifugo(binaries.centrifugo), &contestants);
  Add(JetStreamFile(binaries.nats, Sync::kDefault), &contestants);
  Add(JetStreamFile(binaries.nats, Sync::kAlways), &contestants);
  Add(RedisStreams(binaries.redis), &contestants);
  return contestants;
}

std::vector<std::string> Row(const Contestant& one, const Contestant& ours) {
  std::vector<std::string> cells = Cells(one, ours, kMillion, 2);
  cells.push_back(one.samples.empty() ? "" : absl::StrCat(one.rss_bytes / 1000000));
  return cells;
}

Table TableOf(const Course& course, int subscribers, const std::vector<Contestant>& all) {
  Table table{
      absl::StrCat("Fan-out to ", subscribers, " subscribers"),
      absl::StrCat(
          "Events of 485 bytes in arrays of ", kArray, " from ", kSenders,
          " senders, the next of each when its last is answered, until every subscriber, on a connection of its "
          "own, has all. Medians of ",
          course.plan.rounds, " rounds in which all took turns."),
      {"server", "M deliveries/s", "ampstreamd to it", "server CPU s per M deliveries", "ampstreamd to it", "MB"},
      {}};
  for (const Contestant& one : all) table.rows.push_back(Row(one, all[kOurs]));
  return table;
}

void AddGoals(int subscribers, const std::vector<Contestant>& all, std::vector<Goal>* goals) {
  const std::string rate = absl::StrCat("fan-out to ", subscribers, ", M deliveries/s");
  goals->push_back(GoalOf({rate, kRate, kMillion}, all[kOurs], all[kNats]));
  goals->push_back(GoalOf({rate, kRate, kMillion}, all[kOurs], all[kRedis]));
  goals->push_back(GoalOf({rate, kRate, kMillion, 2, 10}, all[kOurs], all[kTyped]));
  const std::string cpu = absl::StrCat("server CPU s per M deliveries to ", subscribers);
  if (subscribers >= 100) goals->push_back(GoalOf({cpu, kCpu, 1, 2, 1, true}, all[kOurs], all[kNats]));
}

absl::Status MeasureFor(const Course& course, int subscribers, Findings* findings) {
  std::vector<Contestant> all = Contestants(course.binaries);
  AMPSTREAM_RETURN_IF_ERROR(Contest(course, {{kSenders, kArray}, subscribers}, &all));
  findings->tables.push_back(TableOf(course, subscribers, all));
  AddGoals(subscribers, all, &findings->goals);
  const std::string to = absl::StrCat(" to ", subscribers, " subscribers");
  findings->panels.push_back(PanelOf(absl::StrCat("M deliveries/s", to, ": more is better"), all, 2,
                                     [](const Contestant& one) { return MedianOf(one.samples, kRate) / kMillion; }));
  if (subscribers != course.plan.subscribers.back()) return absl::OkStatus();
  findings->panels.push_back(PanelOf(absl::StrCat("Server CPU seconds per M deliveries", to, ": less is better"), all,
                                     2, [](const Contestant& one) { return MedianOf(one.samples, kCpu); }));
  findings->panels.push_back(
      PanelOf(absl::StrCat("Server memory in MB", to, ": less is better"), all, 0,
              [](const Contestant& one) { return static_cast<double>(one.rss_bytes) / kMillion; }));
  return absl::OkStatus();
}

}  // namespace

absl::Status MeasureFanOut(const Course& course, Findings* findings) {
  for (const int subscribers : course.plan.subscribers)
    AMPSTREAM_RETURN_IF_ERROR(MeasureFor(course, subscribers, findings));
  return absl::OkStatus();
}

}  // namespace ampstream
