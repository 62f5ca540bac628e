#ifndef AMPSTREAM_TESTS_BENCHMARKS_COMPARE_BAR_CHART_H_
#define AMPSTREAM_TESTS_BENCHMARKS_COMPARE_BAR_CHART_H_

#include <string>
#include <vector>

namespace ampstream {

struct Bar {
  std::string label;
  double value = 0;
  bool ours = false;  // Drawn in the colour that stands out.
};

// Bars of one kind, from zero, on a scale of their own.
struct BarPanel {
  std::string title;  // With the unit.
  std::vector<Bar> bars;
  int places = 1;  // Of the figures, after the point.
};

// An SVG document that needs nothing else: the panels under one another, on white.
std::string BarChart(const std::string& title, const std::vector<BarPanel>& panels);

}  // namespace ampstream

#endif  // AMPSTREAM_TESTS_BENCHMARKS_COMPARE_BAR_CHART_H_
