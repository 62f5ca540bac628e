#include "server/event/times.h"

#include <cstdint>
#include <limits>
#include <type_traits>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "gtest/gtest.h"

namespace ampstream {
namespace {

constexpr int64_t kFirstSecond = -62135596800;
constexpr int64_t kLastSecond = 253402300799;
constexpr int64_t kMostSeconds = 315576000000;

absl::Time Utc(int year, int month, int day) {
  return absl::FromCivil(absl::CivilDay(year, month, day), absl::UTCTimeZone());
}

google::protobuf::Timestamp Timestamp(int64_t seconds, int32_t nanos) {
  google::protobuf::Timestamp timestamp;
  timestamp.set_seconds(seconds);
  timestamp.set_nanos(nanos);
  return timestamp;
}

google::protobuf::Duration Duration(int64_t seconds, int32_t nanos) {
  google::protobuf::Duration duration;
  duration.set_seconds(seconds);
  duration.set_nanos(nanos);
  return duration;
}

void ExpectSet(absl::Time time, int64_t seconds, int32_t nanos) {
  google::protobuf::Timestamp timestamp;
  SetTimestamp(time, &timestamp);
  EXPECT_EQ(timestamp.seconds(), seconds) << time;
  EXPECT_EQ(timestamp.nanos(), nanos) << time;
}

void ExpectSet(absl::Duration duration, int64_t seconds, int32_t nanos) {
  google::protobuf::Duration set;
  SetDuration(duration, &set);
  EXPECT_EQ(set.seconds(), seconds) << duration;
  EXPECT_EQ(set.nanos(), nanos) << duration;
}

template <typename Message>
void ExpectRefused(const Message& message) {
  absl::Status status;
  if constexpr (std::is_same_v<Message, google::protobuf::Timestamp>) {
    status = TimeOf(message).status();
  } else {
    status = DurationOf(message).status();
  }
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << message.ShortDebugString();
}

TEST(TimesTest, ATimestampHoldsTheYears1To9999) {
  EXPECT_TRUE(FitsTimestamp(Utc(1, 1, 1)));
  EXPECT_FALSE(FitsTimestamp(Utc(1, 1, 1) - absl::Nanoseconds(1)));
  EXPECT_TRUE(FitsTimestamp(Utc(10000, 1, 1) - absl::Nanoseconds(1)));
  EXPECT_FALSE(FitsTimestamp(Utc(10000, 1, 1)));
  EXPECT_FALSE(FitsTimestamp(absl::InfinitePast()));
  EXPECT_FALSE(FitsTimestamp(absl::InfiniteFuture()));
}

TEST(TimesTest, SetsTimestampsBeforeAndAfter1970) {
  ExpectSet(absl::UnixEpoch(), 0, 0);
  ExpectSet(absl::FromUnixMillis(1767323045250), 1767323045, 250000000);
  ExpectSet(absl::FromUnixMillis(-1), -1, 999000000);
  ExpectSet(absl::UnixEpoch() - absl::Nanoseconds(1), -1, 999999999);
}

TEST(TimesTest, SetsTimestampsUpToBothLimits) {
  ExpectSet(Utc(1, 1, 1), kFirstSecond, 0);
  ExpectSet(Utc(10000, 1, 1) - absl::Nanoseconds(1), kLastSecond, 999999999);
}

TEST(TimesTest, RoundsTimestampsDown) {
  const absl::Duration quarter = absl::Nanoseconds(1) / 4;
  ExpectSet(absl::FromUnixSeconds(5) + absl::Nanoseconds(8) - quarter, 5, 7);
  ExpectSet(absl::FromUnixSeconds(5) - quarter, 4, 999999999);
  ExpectSet(absl::UnixEpoch() - quarter, -1, 999999999);
  ExpectSet(Utc(10000, 1, 1) - quarter, kLastSecond, 999999999);
}

TEST(TimesTest, ReadsTimestamps) {
  for (const auto& timestamp : {Timestamp(0, 0), Timestamp(1767323045, 250000000), Timestamp(-1, 999999999),
                                Timestamp(kFirstSecond, 0), Timestamp(kLastSecond, 999999999)}) {
    const absl::StatusOr<absl::Time> time = TimeOf(timestamp);
    ASSERT_TRUE(time.ok()) << time.status();
    ExpectSet(*time, timestamp.seconds(), timestamp.nanos());
  }
  EXPECT_EQ(*TimeOf(Timestamp(kFirstSecond, 0)), Utc(1, 1, 1));
  EXPECT_EQ(*TimeOf(Timestamp(kLastSecond, 999999999)), Utc(10000, 1, 1) - absl::Nanoseconds(1));
}

TEST(TimesTest, RefusesTimestampsOutsideOfTheYears1To9999) {
  ExpectRefused(Timestamp(kFirstSecond - 1, 999999999));
  ExpectRefused(Timestamp(kLastSecond + 1, 0));
  ExpectRefused(Timestamp(std::numeric_limits<int64_t>::min(), 0));
  ExpectRefused(Timestamp(std::numeric_limits<int64_t>::max(), 0));
}

TEST(TimesTest, RefusesNegativeNanosAndThoseOfASecond) {
  ExpectRefused(Timestamp(0, -1));
  ExpectRefused(Timestamp(-5, -1));
  ExpectRefused(Timestamp(0, 1000000000));
  ExpectRefused(Timestamp(0, std::numeric_limits<int32_t>::min()));
}

TEST(TimesTest, SetsDurationsOfBothSigns) {
  ExpectSet(absl::ZeroDuration(), 0, 0);
  ExpectSet(absl::Milliseconds(1500), 1, 500000000);
  ExpectSet(absl::Milliseconds(-1500), -1, -500000000);
  ExpectSet(absl::Nanoseconds(-1), 0, -1);
  ExpectSet(absl::Seconds(kMostSeconds), kMostSeconds, 0);
  ExpectSet(-absl::Seconds(kMostSeconds), -kMostSeconds, 0);
}

TEST(TimesTest, ReadsDurations) {
  for (const auto& duration : {Duration(0, 0), Duration(1, 500000000), Duration(-1, -500000000), Duration(0, -1),
                               Duration(kMostSeconds, 0), Duration(-kMostSeconds, 0)}) {
    const absl::StatusOr<absl::Duration> read = DurationOf(duration);
    ASSERT_TRUE(read.ok()) << read.status();
    ExpectSet(*read, duration.seconds(), duration.nanos());
  }
}

TEST(TimesTest, RefusesDurationsBeyond10000Years) {
  ExpectRefused(Duration(kMostSeconds + 1, 0));
  ExpectRefused(Duration(-kMostSeconds - 1, 0));
  ExpectRefused(Duration(std::numeric_limits<int64_t>::max(), 0));
}

TEST(TimesTest, RefusesTheMostNegativeDuration) { ExpectRefused(Duration(std::numeric_limits<int64_t>::min(), 0)); }

TEST(TimesTest, RefusesNanosOfASecondOrOfTheOtherSign) {
  ExpectRefused(Duration(0, 1000000000));
  ExpectRefused(Duration(0, -1000000000));
  ExpectRefused(Duration(0, std::numeric_limits<int32_t>::min()));
  ExpectRefused(Duration(1, -1));
  ExpectRefused(Duration(-1, 1));
}

}  // namespace
}  // namespace ampstream
