#include "tests/benchmarks/compare/latencies.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/benchmarks/compare/load.h"

namespace ampstream {
namespace {

using ::testing::ElementsAre;

const absl::Time kStart = absl::FromUnixSeconds(1767323045);

TEST(LatenciesTest, AreCountedFromTheSchedule) {
  const std::vector<std::string> events = Encoded({0, 3});
  Latencies latencies(1, Senders());
  latencies.Begin(kStart, {0, 1000});
  latencies.OnEvent(0, kStart + absl::Microseconds(300), events[0]);
  latencies.OnEvent(0, kStart + absl::Microseconds(1700), events[1]);
  EXPECT_TRUE(latencies.AwaitAll(absl::ZeroDuration()));
  EXPECT_THAT(latencies.Take(), ElementsAre(300, 700));

  const absl::Time next = kStart + absl::Seconds(1);
  latencies.Begin(next, {50});
  EXPECT_FALSE(latencies.AwaitAll(absl::ZeroDuration()));
  latencies.OnEvent(0, next + absl::Microseconds(60), events[2]);
  EXPECT_THAT(latencies.Take(), ElementsAre(10));
  EXPECT_EQ(latencies.Check(), absl::OkStatus());
}

TEST(LatenciesTest, NoticeALostEvent) {
  const std::vector<std::string> events = Encoded({0, 2});
  Latencies latencies(2, Senders());
  latencies.Begin(kStart, {0, 0});
  for (const int subscriber : {0, 1}) latencies.OnEvent(subscriber, kStart, events[0]);
  latencies.OnEvent(0, kStart, events[1]);
  EXPECT_FALSE(latencies.AwaitAll(absl::ZeroDuration()));
  EXPECT_EQ(latencies.Check().code(), absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace ampstream
