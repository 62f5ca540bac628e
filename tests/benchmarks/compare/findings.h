#ifndef AMPSTREAM_TESTS_BENCHMARKS_COMPARE_FINDINGS_H_
#define AMPSTREAM_TESTS_BENCHMARKS_COMPARE_FINDINGS_H_

#include <string>
#include <vector>

#include "tests/benchmarks/compare/bar_chart.h"

namespace ampstream {

// What was to be reached, and whether it was.
struct Goal {
  std::string what;
  std::string figure;  // ampstreamd's.
  std::string beside;  // What it is held against, with its own figure; empty: nothing.
  std::string wanted;
  bool reached = false;
};

// A Markdown table. All columns but the first are figures.
struct Table {
  std::string title;
  std::string text;  // How it was measured.
  std::vector<std::string> head;
  std::vector<std::vector<std::string>> rows;
};

// What a run has found. Thread-compatible.
struct Findings {
  std::vector<Goal> goals;
  std::vector<Table> tables;
  std::vector<BarPanel> panels;
};

// Behind what `all` has already.
void Append(Findings part, Findings* all);

std::string Markdown(const Table& table);
std::string Markdown(const std::vector<Goal>& goals);

// A figure with so many places after the point.
std::string Figure(double value, int places);

// A ratio, as a cell.
std::string Times(double ratio);

}  // namespace ampstream

#endif  // AMPSTREAM_TESTS_BENCHMARKS_COMPARE_FINDINGS_H_
