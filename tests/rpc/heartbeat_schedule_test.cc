#include "server/rpc/heartbeat_schedule.h"

#include <algorithm>
#include <set>
#include <vector>

#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace ampstream {
namespace {

constexpr absl::Duration kInterval = absl::Seconds(15);
const absl::Time kStart = absl::FromUnixSeconds(1767323045);

TEST(HeartbeatScheduleTest, IsDueBetweenHalfAnIntervalAndAWholeOne) {
  for (uint64_t stream = 0; stream < 1000; ++stream) {
    const HeartbeatSchedule schedule(kInterval, stream);
    for (const absl::Duration later : {absl::ZeroDuration(), absl::Nanoseconds(1), absl::Seconds(7), kInterval}) {
      const absl::Duration silence = schedule.DueAfter(kStart + later) - (kStart + later);
      EXPECT_GT(silence, kInterval / 2) << stream;
      EXPECT_LE(silence, kInterval) << stream;
    }
  }
}

TEST(HeartbeatScheduleTest, BeatsOnceAnIntervalWhileItStaysSilent) {
  for (const absl::Duration late : {absl::ZeroDuration(), absl::Milliseconds(3)}) {
    const HeartbeatSchedule schedule(kInterval, 7);
    const absl::Time first = schedule.DueAfter(kStart);
    absl::Time due = first;
    for (int beat = 1; beat <= 100; ++beat) {
      due = schedule.DueAfter(due + late);
      EXPECT_EQ(due, first + beat * kInterval);
    }
  }
}

TEST(HeartbeatScheduleTest, SpreadsThoseThatHaveWrittenAtOnce) {
  std::vector<int> by_second(16);
  for (uint64_t stream = 1000; stream < 11000; ++stream) {
    const absl::Duration silence = HeartbeatSchedule(kInterval, stream).DueAfter(kStart) - kStart;
    ++by_second[static_cast<size_t>(absl::ToInt64Seconds(silence))];
  }
  EXPECT_LE(*std::max_element(by_second.begin(), by_second.end()), 10000 / 7);
}

TEST(HeartbeatScheduleTest, LetsManyBeatTogether) {
  std::set<absl::Time> due;
  for (uint64_t stream = 0; stream < 10000; ++stream)
    due.insert(HeartbeatSchedule(kInterval, stream).DueAfter(kStart + absl::Milliseconds(stream % 7)));
  EXPECT_LE(due.size(), 31);
}

}  // namespace
}  // namespace ampstream
