#ifndef AMPSTREAM_TESTS_BENCHMARKS_COMPARE_CONTEST_H_
#define AMPSTREAM_TESTS_BENCHMARKS_COMPARE_CONTEST_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tests/benchmarks/compare/peer.h"
#include "tests/benchmarks/compare/sections.h"
#include "tests/benchmarks/compare/trial.h"

namespace ampstream {

// A peer, and what it showed.
struct Contestant {
  std::unique_ptr<Peer> peer;
  std::vector<Sample> samples;  // Empty: it is not installed.
  int64_t rss_bytes = 0;        // At the end.
};

// Puts the same load on each in turn in each round, so that a change of the machine's mood falls on all. Those that are
// not installed are left out. Sets samples and memory.
absl::Status Contest(const Course& course, const TrialLoad& load, std::vector<Contestant>* contestants);

void Add(std::unique_ptr<Peer> peer, std::vector<Contestant>* contestants);

// Cells of a table's row: who it is, rate, ratio of ours to it, processor time, ratio. The units are those of a table's
// head; `rate_unit` is what a rate is divided by.
std::vector<std::string> Cells(const Contestant& one, const Contestant& ours, double rate_unit, int places);

// A figure of ampstreamd's that is to be so many times another's.
struct Wanted {
  std::string what;
  double Sample::*field;
  double unit = 1;  // What the figure is shown in.
  int places = 2;
  double times = 1;
  bool at_most = false;  // Else at least.
};
Goal GoalOf(const Wanted& wanted, const Contestant& ours, const Contestant& other);

// A figure of every contestant that is there; the first one is ours.
BarPanel PanelOf(const std::string& title, const std::vector<Contestant>& all, int places,
                 absl::FunctionRef<double(const Contestant&)> figure);

// What a server is called in a table: with its settings.
std::string Described(const Peer& peer);

}  // namespace ampstream

#endif  // AMPSTREAM_TESTS_BENCHMARKS_COMPARE_CONTEST_H_
