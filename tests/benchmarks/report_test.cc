#include "tests/benchmarks/report.h"

#include "gtest/gtest.h"

namespace ampstream {
namespace {

TEST(PercentileTest, IsAValueThatTheShareDoesNotExceed) {
  std::vector<int64_t> values;
  for (int64_t value = 100; value > 0; --value) values.push_back(value);
  EXPECT_EQ(Percentile(0.5, &values), 50);
  EXPECT_EQ(Percentile(0.99, &values), 99);
  EXPECT_EQ(Percentile(0.999, &values), 100);
  EXPECT_EQ(Percentile(1.0, &values), 100);
}

TEST(PercentileTest, OfOneValueIsThatValue) {
  std::vector<int64_t> values = {7};
  EXPECT_EQ(Percentile(0.0, &values), 7);
  EXPECT_EQ(Percentile(1.0, &values), 7);
}

TEST(PercentileTest, OfNoneIsZero) {
  std::vector<int64_t> values;
  EXPECT_EQ(Percentile(0.5, &values), 0);
}

TEST(MedianTest, IsTheMiddleOneWhateverTheOrder) {
  EXPECT_EQ(Median({3, 1, 2}), 2);
  EXPECT_EQ(Median({4, 1, 3, 2}), 3);
  EXPECT_EQ(Median({}), 0);
}

}  // namespace
}  // namespace ampstream
