#include "server/base/clock.h"

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace ampstream {
namespace {

TEST(ClockTest, RealIsTheSystemsClock) {
  const absl::Time before = absl::Now();
  const absl::Time now = Clock::Real().Now();
  const absl::Time after = absl::Now();
  EXPECT_LE(before, now);
  EXPECT_LE(now, after);
}

TEST(ClockTest, RealIsAlwaysTheSameObject) { EXPECT_EQ(&Clock::Real(), &Clock::Real()); }

}  // namespace
}  // namespace ampstream
