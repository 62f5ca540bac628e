#include "server/event/position.h"

#include <cstdint>
#include <limits>

#include "gtest/gtest.h"

namespace ampstream {
namespace {

TEST(PositionTest, IsBeforeTheFirstEventUnlessToldOtherwise) { EXPECT_EQ(Position().value(), 0u); }

TEST(PositionTest, ComparesByValueUpToTheLargest) {
  const Position low(1);
  const Position high(std::numeric_limits<uint64_t>::max());
  EXPECT_TRUE(low < high && low <= high && high > low && high >= low && low != high);
  EXPECT_FALSE(high < low || high <= low || low > high || low >= high || low == high);
  EXPECT_TRUE(low == Position(1) && low <= Position(1) && low >= Position(1));
  EXPECT_FALSE(low != Position(1) || low < Position(1) || low > Position(1));
}

}  // namespace
}  // namespace ampstream
