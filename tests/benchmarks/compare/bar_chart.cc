#include "tests/benchmarks/compare/bar_chart.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"

namespace ampstream {
namespace {

// In pixels.
constexpr int kWidth = 860;
constexpr int kBarLeft = 300;
constexpr int kBarRight = 770;
constexpr int kRow = 22;
constexpr int kBarHeight = 14;
constexpr int kPanelHead = 34;
constexpr int kMargin = 16;
constexpr int kTitle = 40;

std::string Escaped(const std::string& text) {
  return absl::StrReplaceAll(text, {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}});
}

std::string Text(int x, int y, const char* look, const std::string& text) {
  return absl::StrFormat("<text x=\"%d\" y=\"%d\" class=\"%s\">%s</text>\n", x, y, look, Escaped(text));
}

std::string DrawBar(const Bar& bar, int places, double most, int top) {
  const int width = most <= 0 ? 0 : static_cast<int>(bar.value / most * (kBarRight - kBarLeft));
  const int base = top + kBarHeight - 3;
  return absl::StrCat(
      Text(kBarLeft - 8, base, "label", bar.label),
      absl::StrFormat("<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" class=\"%s\"/>\n", kBarLeft, top,
                      std::max(1, width), kBarHeight, bar.ours ? "ours" : "other"),
      Text(kBarLeft + std::max(1, width) + 6, base, "value", absl::StrFormat("%.*f", places, bar.value)));
}

std::string DrawPanel(const BarPanel& panel, int* top) {
  std::string svg = Text(kMargin, *top + 20, "panel", panel.title);
  double most = 0;
  for (const Bar& bar : panel.bars) most = std::max(most, bar.value);
  *top += kPanelHead;
  for (const Bar& bar : panel.bars) {
    absl::StrAppend(&svg, DrawBar(bar, panel.places, most, *top));
    *top += kRow;
  }
  return svg;
}

}  // namespace

std::string BarChart(const std::string& title, const std::vector<BarPanel>& panels) {
  std::string content = Text(kMargin, 26, "title", title);
  int top = kTitle;
  for (const BarPanel& panel : panels) absl::StrAppend(&content, DrawPanel(panel, &top));
  const int height = top + kMargin;
  return absl::StrCat(
      absl::StrFormat("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" "
                      "role=\"img\" aria-label=\"%s\">\n",
                      kWidth, height, kWidth, height, Escaped(title)),
      "<style>\ntext { font: 13px sans-serif; fill: #24292f; }\n.title { font-size: 17px; font-weight: bold; }\n"
      ".panel { font-weight: bold; }\n.label { text-anchor: end; }\n.ours { fill: #d9480f; }\n.other { fill: #8c959f; "
      "}\n"
      "</style>\n",
      absl::StrFormat("<rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>\n", kWidth, height), content, "</svg>\n");
}

}  // namespace ampstream
