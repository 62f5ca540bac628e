#include "tests/benchmarks/compare/bar_chart.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ampstream {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(BarChartTest, DrawsTheLongestBarOverTheWholeWidth) {
  const std::string svg = BarChart("All", {{"Speed", {{"first", 2, true}, {"second", 1, false}}, 2}});
  EXPECT_THAT(svg, HasSubstr("width=\"470\" height=\"14\" class=\"ours\""));
  EXPECT_THAT(svg, HasSubstr("width=\"235\" height=\"14\" class=\"other\""));
  EXPECT_THAT(svg, HasSubstr(">2.00</text>"));
}

TEST(BarChartTest, KeepsEachPanelsOwnScale) {
  const std::string svg = BarChart("All", {{"A", {{"a", 1000, true}}, 0}, {"B", {{"b", 1, true}}, 0}});
  const size_t first = svg.find("width=\"470\" height=\"14\"");
  ASSERT_NE(first, std::string::npos);
  EXPECT_NE(svg.find("width=\"470\" height=\"14\"", first + 1), std::string::npos);
}

TEST(BarChartTest, EscapesTexts) {
  const std::string svg = BarChart("a & b", {{"x < y", {{"<script>", 1, true}}, 0}});
  EXPECT_THAT(svg, HasSubstr("&lt;script&gt;"));
  EXPECT_THAT(svg, HasSubstr("a &amp; b"));
  EXPECT_THAT(svg, Not(HasSubstr("<script>")));
}

TEST(BarChartTest, DrawsNothingOfNothing) {
  EXPECT_THAT(BarChart("All", {{"None", {{"zero", 0, true}}, 0}}), HasSubstr("width=\"1\" height=\"14\""));
}

}  // namespace
}  // namespace ampstream
