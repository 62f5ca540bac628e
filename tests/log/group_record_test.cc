#include "server/log/group_record.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "server/event/position.h"

namespace ampstream {
namespace {

constexpr uint64_t kMaxPosition = std::numeric_limits<uint64_t>::max();
constexpr int64_t kMaxSum = std::numeric_limits<int64_t>::max();

absl::Time At(int64_t seconds) { return absl::FromUnixSeconds(1767323045 + seconds); }

GroupRecord MakeRecord(absl::Time newest_receive_time, Position last) {
  GroupRecord record;
  record.newest_receive_time = newest_receive_time;
  record.last = last;
  record.log_time = At(1);
  record.events = 3;
  record.bytes = 1000;
  record.first_receive_time = At(-5);
  record.last_receive_time = At(-4);
  return record;
}

// One with nothing in it, an ordinary one, and one with the largest value everywhere.
std::vector<GroupRecord> EdgeRecords() {
  return {
      GroupRecord(),
      MakeRecord(At(0), Position(0x10002)),
      {absl::InfiniteFuture(), Position(kMaxPosition), absl::InfiniteFuture(), kMaxSum, kMaxSum, absl::InfiniteFuture(),
       absl::InfiniteFuture()},
      {absl::UnixEpoch(), Position(128), absl::FromUnixNanos(-1), 1, 0, absl::FromUnixNanos(1), absl::InfinitePast()}};
}

void ExpectEqual(const absl::optional<GroupRecord>& decoded, const GroupRecord& record) {
  ASSERT_TRUE(decoded.has_value());
  EXPECT_EQ(decoded->newest_receive_time, record.newest_receive_time);
  EXPECT_EQ(decoded->last, record.last);
  EXPECT_EQ(decoded->log_time, record.log_time);
  EXPECT_EQ(decoded->events, record.events);
  EXPECT_EQ(decoded->bytes, record.bytes);
  EXPECT_EQ(decoded->first_receive_time, record.first_receive_time);
  EXPECT_EQ(decoded->last_receive_time, record.last_receive_time);
}

TEST(GroupRecordTest, ComesBackFromKeyAndValueAndFromBothAsOne) {
  for (const GroupRecord& record : EdgeRecords()) {
    SCOPED_TRACE(record.last.value());
    ExpectEqual(DecodeGroup(EncodeGroupKey(record), EncodeGroupValue(record)), record);
    ExpectEqual(DecodeGroup(EncodeGroup(record)), record);
  }
}

TEST(GroupRecordTest, KeysSortByReceiveTimeThenByPosition) {
  const std::vector<absl::Time> times = {absl::InfinitePast(),
                                         absl::FromUnixNanos(-1),
                                         absl::UnixEpoch(),
                                         At(0),
                                         At(0) + absl::Nanoseconds(1),
                                         At(1),
                                         absl::FromUnixNanos(kMaxSum - 1),
                                         absl::InfiniteFuture()};
  std::string before;
  for (const absl::Time time : times) {
    for (const uint64_t last : {uint64_t{0}, uint64_t{1}, uint64_t{255}, uint64_t{256}, kMaxPosition}) {
      const std::string key = EncodeGroupKey(MakeRecord(time, Position(last)));
      EXPECT_LT(before, key) << time << ", " << last;
      before = key;
    }
  }
}

TEST(GroupRecordTest, TheKeyOfATimeStandsBetweenEarlierAndLaterOnes) {
  for (const absl::Time time : {absl::FromUnixNanos(-1), absl::UnixEpoch(), At(0), At(100)}) {
    const absl::Time earlier = time - absl::Nanoseconds(1);
    EXPECT_LT(EncodeGroupKey(MakeRecord(earlier, Position(kMaxPosition))), GroupKeyOf(time)) << time;
    EXPECT_LT(GroupKeyOf(time), EncodeGroupKey(MakeRecord(time, Position()))) << time;
  }
}

TEST(GroupRecordTest, RefusesWhatIsCutShortOrTooLong) {
  for (const GroupRecord& record : EdgeRecords()) {
    const std::string key = EncodeGroupKey(record);
    const std::string value = EncodeGroupValue(record);
    const std::string encoded = EncodeGroup(record);
    for (size_t size = 0; size < encoded.size(); ++size) EXPECT_FALSE(DecodeGroup(encoded.substr(0, size))) << size;
    for (size_t size = 0; size < key.size(); ++size) EXPECT_FALSE(DecodeGroup(key.substr(0, size), value)) << size;
    for (size_t size = 0; size < value.size(); ++size) EXPECT_FALSE(DecodeGroup(key, value.substr(0, size))) << size;
    EXPECT_FALSE(DecodeGroup(encoded + '\0'));
    EXPECT_FALSE(DecodeGroup(key + '\0', value));
    EXPECT_FALSE(DecodeGroup(key, value + '\0'));
  }
}

TEST(GroupRecordTest, TakesRandomBytesOfItsSizeForWhatTheyAreTheEncodingOf) {
  constexpr unsigned kSeed = 12;
  SCOPED_TRACE(absl::StrCat("seed ", kSeed));
  std::mt19937 random(kSeed);
  const size_t size = EncodeGroup(GroupRecord()).size();
  for (int turn = 0; turn < 10000; ++turn) {
    std::string bytes(turn % 2 == 0 ? size : random() % (2 * size), '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    const absl::optional<GroupRecord> record = DecodeGroup(bytes);
    EXPECT_EQ(record.has_value(), bytes.size() == size);
    if (record.has_value()) {
      EXPECT_EQ(EncodeGroup(*record), bytes);
    }
  }
}

}  // namespace
}  // namespace ampstream
