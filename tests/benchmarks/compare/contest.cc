#include "tests/benchmarks/compare/contest.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/status_macros.h"
#include "tests/testing/temporary_folder.h"

namespace ampstream {
namespace {

absl::Status Named(const Peer& peer, const absl::Status& status) {
  if (status.ok()) return status;
  return absl::Status(status.code(), absl::StrCat(peer.name(), ": ", status.message()));
}

absl::StatusOr<std::unique_ptr<Trial>> Begin(const Plan& plan, const Peer& peer, const std::string& folder,
                                             const TrialLoad& load) {
  AMPSTREAM_ASSIGN_OR_RETURN(std::unique_ptr<Trial> trial, Trial::Start(peer, folder, load));
  AMPSTREAM_RETURN_IF_ERROR(trial->WarmUp(plan.round));
  return trial;
}

absl::Status End(Trial* trial, Contestant* contestant) {
  contestant->samples = trial->samples();
  contestant->rss_bytes = trial->peer().RssBytes();
  return trial->Check();
}

}  // namespace

absl::Status Contest(const Course& course, const TrialLoad& load, std::vector<Contestant>* contestants) {
  const std::vector<TemporaryFolder> folders(contestants->size());
  std::vector<std::unique_ptr<Trial>> trials(contestants->size());
  for (size_t i = 0; i < trials.size(); ++i) {
    const Peer& peer = *(*contestants)[i].peer;
    if (!IsInstalled(peer)) continue;
    absl::StatusOr<std::unique_ptr<Trial>> trial = Begin(course.plan, peer, folders[i].path(), load);
    if (!trial.ok()) return Named(peer, trial.status());
    trials[i] = *std::move(trial);
  }
  for (int round = 0; round < course.plan.rounds; ++round) {
    for (size_t i = 0; i < trials.size(); ++i)
      if (trials[i] != nullptr) AMPSTREAM_RETURN_IF_ERROR(Named(*(*contestants)[i].peer, trials[i]->Round()));
  }
  for (size_t i = 0; i < trials.size(); ++i)
    if (trials[i] != nullptr)
      AMPSTREAM_RETURN_IF_ERROR(Named(*(*contestants)[i].peer, End(trials[i].get(), &(*contestants)[i])));
  return absl::OkStatus();
}

void Add(std::unique_ptr<Peer> peer, std::vector<Contestant>* contestants) {
  contestants->push_back({std::move(peer), {}, 0});
}

std::vector<std::string> Cells(const Contestant& one, const Contestant& ours, double rate_unit, int places) {
  if (one.samples.empty()) return {Described(*one.peer), "not installed", "", "", ""};
  constexpr double Sample::*kRate = &Sample::deliveries_per_second;
  constexpr double Sample::*kCpu = &Sample::cpu_seconds_per_million;
  return {Described(*one.peer), Figure(MedianOf(one.samples, kRate) / rate_unit, places),
          Times(RatioOf(ours.samples, one.samples, kRate)), Figure(MedianOf(one.samples, kCpu), 2),
          Times(RatioOf(ours.samples, one.samples, kCpu))};
}

Goal GoalOf(const Wanted& wanted, const Contestant& ours, const Contestant& other) {
  const auto shown = [&wanted](const Contestant& one) {
    return Figure(MedianOf(one.samples, wanted.field) / wanted.unit, wanted.places);
  };
  Goal goal{wanted.what, shown(ours), absl::StrCat(other.peer->name(), ": not installed"),
            absl::StrCat(wanted.at_most ? "at most " : "at least ", wanted.times, " times"), false};
  if (other.samples.empty()) return goal;
  const double ratio = RatioOf(ours.samples, other.samples, wanted.field);
  goal.beside = absl::StrCat(other.peer->name(), ": ", shown(other), ", so ", Times(ratio), " times");
  goal.reached = wanted.at_most ? ratio <= wanted.times : ratio >= wanted.times;
  return goal;
}

BarPanel PanelOf(const std::string& title, const std::vector<Contestant>& all, int places,
                 absl::FunctionRef<double(const Contestant&)> figure) {
  BarPanel panel{title, {}, places};
  for (const Contestant& one : all)
    if (!one.samples.empty()) panel.bars.push_back({one.peer->name(), figure(one), &one == &all[0]});
  return panel;
}

std::string Described(const Peer& peer) { return absl::StrCat(peer.name(), " (", peer.settings(), ")"); }

}  // namespace ampstream
