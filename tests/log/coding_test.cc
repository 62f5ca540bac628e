#include "server/log/coding.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/event/position.h"

namespace ampstream {
namespace {

using ::testing::ElementsAre;

constexpr int64_t kMinNanos = std::numeric_limits<int64_t>::min();
constexpr int64_t kMaxNanos = std::numeric_limits<int64_t>::max();

std::string Fixed32(uint32_t value) {
  std::string out;
  PutFixed32(value, &out);
  return out;
}

std::string Fixed64(uint64_t value) {
  std::string out;
  PutFixed64(value, &out);
  return out;
}

std::string EncodedTime(absl::Time time) {
  std::string out;
  PutTime(time, &out);
  return out;
}

std::string Varint(uint64_t value) {
  std::string out;
  PutVarint(value, &out);
  return out;
}

// All powers of two with their neighbours, in order.
std::vector<uint64_t> EdgesUpTo(uint64_t max) {
  std::vector<uint64_t> edges = {max - 1, max};
  for (int bit = 0; bit < 64; ++bit) {
    for (const uint64_t edge : {(uint64_t{1} << bit) - 1, uint64_t{1} << bit, (uint64_t{1} << bit) + 1}) {
      if (edge <= max) edges.push_back(edge);
    }
  }
  std::sort(edges.begin(), edges.end());
  edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
  return edges;
}

std::vector<absl::Time> TimesInOrder() {
  return {absl::InfinitePast(),
          absl::FromUnixNanos(kMinNanos + 1),
          absl::FromUnixSeconds(-1),
          absl::FromUnixNanos(-256),
          absl::FromUnixNanos(-1),
          absl::UnixEpoch(),
          absl::FromUnixNanos(1),
          absl::FromUnixNanos(255),
          absl::FromUnixNanos(256),
          absl::FromUnixSeconds(1767323045),
          absl::FromUnixSeconds(1767323045) + absl::Nanoseconds(1),
          absl::FromUnixNanos(kMaxNanos - 1),
          absl::InfiniteFuture()};
}

// Every prefix but the whole is refused.
template <typename Take>
void ExpectNoPrefixIsTaken(const std::string& encoded, const Take& take) {
  for (size_t size = 0; size < encoded.size(); ++size) {
    absl::string_view in = absl::string_view(encoded).substr(0, size);
    EXPECT_FALSE(take(&in)) << size << " of " << encoded.size() << " bytes";
  }
}

TEST(CodingTest, WritesNumbersAsTheFormatHasThem) {
  EXPECT_THAT(Fixed32(0x01020384), ElementsAre('\x01', '\x02', '\x03', '\x84'));
  EXPECT_THAT(Fixed64(0x0102030405060788), ElementsAre('\x01', '\x02', '\x03', '\x04', '\x05', '\x06', '\x07', '\x88'));
  EXPECT_THAT(Varint(300), ElementsAre('\xac', '\x02'));
  EXPECT_EQ(EncodedTime(absl::UnixEpoch()), Fixed64(uint64_t{1} << 63));
  EXPECT_EQ(EncodedTime(absl::FromUnixNanos(-1)), Fixed64((uint64_t{1} << 63) - 1));
  EXPECT_EQ(EncodePositionKey(Position(0x10002)), Fixed64(0x10002));
}

TEST(CodingTest, FixedNumbersSortAsTheyDoAndComeBack) {
  std::string before;
  for (const uint64_t edge : EdgesUpTo(std::numeric_limits<uint64_t>::max())) {
    const std::string encoded = Fixed64(edge);
    EXPECT_TRUE(before.empty() || before < encoded) << edge;
    before = encoded;
    uint64_t value;
    absl::string_view in = encoded;
    ASSERT_TRUE(TakeFixed64(&in, &value));
    EXPECT_EQ(value, edge);
    EXPECT_TRUE(in.empty());
  }
  before.clear();
  for (const uint64_t edge : EdgesUpTo(std::numeric_limits<uint32_t>::max())) {
    const std::string encoded = Fixed32(static_cast<uint32_t>(edge));
    EXPECT_TRUE(before.empty() || before < encoded) << edge;
    before = encoded;
    uint32_t value;
    absl::string_view in = encoded;
    ASSERT_TRUE(TakeFixed32(&in, &value));
    EXPECT_EQ(value, edge);
    EXPECT_TRUE(in.empty());
  }
}

TEST(CodingTest, PositionKeysSortAsPositionsDo) {
  const std::vector<uint64_t> edges = EdgesUpTo(std::numeric_limits<uint64_t>::max());
  for (size_t i = 1; i < edges.size(); ++i) {
    EXPECT_LT(EncodePositionKey(Position(edges[i - 1])), EncodePositionKey(Position(edges[i]))) << edges[i];
  }
}

TEST(CodingTest, TimesSortAsTheyDoAndComeBack) {
  std::string before;
  for (const absl::Time edge : TimesInOrder()) {
    const std::string encoded = EncodedTime(edge);
    EXPECT_EQ(encoded.size(), 8u);
    EXPECT_LT(before, encoded) << edge;
    before = encoded;
    absl::Time time;
    absl::string_view in = encoded;
    ASSERT_TRUE(TakeTime(&in, &time));
    EXPECT_EQ(time, edge);
    EXPECT_TRUE(in.empty());
  }
}

TEST(CodingTest, TimesThatDoNotFitAreInfinite) {
  for (const absl::Time early : {absl::FromUnixNanos(kMinNanos), absl::FromUnixNanos(kMinNanos) - absl::Hours(1),
                                 absl::FromUnixSeconds(std::numeric_limits<int64_t>::min())}) {
    EXPECT_EQ(EncodedTime(early), EncodedTime(absl::InfinitePast())) << early;
  }
  for (const absl::Time late : {absl::FromUnixNanos(kMaxNanos), absl::FromUnixNanos(kMaxNanos) + absl::Hours(1),
                                absl::FromUnixSeconds(std::numeric_limits<int64_t>::max())}) {
    EXPECT_EQ(EncodedTime(late), EncodedTime(absl::InfiniteFuture())) << late;
  }
}

TEST(CodingTest, PartsOfANanosecondDoNotChangeTheOrder) {
  const absl::Time time = absl::FromUnixNanos(-7);
  const absl::Duration part = absl::Nanoseconds(1) / 4;
  EXPECT_EQ(EncodedTime(time + part), EncodedTime(time));
  EXPECT_LT(EncodedTime(time - part), EncodedTime(time));
}

TEST(CodingTest, VarintsComeBackInAsFewBytesAsTheyNeed) {
  for (const uint64_t edge : EdgesUpTo(std::numeric_limits<uint64_t>::max())) {
    size_t size = 1;
    for (uint64_t rest = edge >> 7; rest != 0; rest >>= 7) ++size;
    const std::string encoded = Varint(edge);
    EXPECT_EQ(encoded.size(), size) << edge;
    uint64_t value;
    absl::string_view in = encoded;
    ASSERT_TRUE(TakeVarint(&in, &value));
    EXPECT_EQ(value, edge);
    EXPECT_TRUE(in.empty());
  }
}

TEST(CodingTest, TakesOneOffTheFrontAndLeavesTheRest) {
  std::string encoded;
  PutVarint(16384, &encoded);
  PutTime(absl::FromUnixSeconds(7), &encoded);
  PutFixed32(8, &encoded);
  PutVarint(0, &encoded);
  PutFixed64(9, &encoded);
  encoded += "rest";
  absl::string_view in = encoded;
  uint64_t value;
  uint32_t small;
  absl::Time time;
  EXPECT_TRUE(TakeVarint(&in, &value) && value == 16384);
  EXPECT_TRUE(TakeTime(&in, &time) && time == absl::FromUnixSeconds(7));
  EXPECT_TRUE(TakeFixed32(&in, &small) && small == 8);
  EXPECT_TRUE(TakeVarint(&in, &value) && value == 0);
  EXPECT_TRUE(TakeFixed64(&in, &value) && value == 9);
  EXPECT_EQ(in, "rest");
}

TEST(CodingTest, RefusesWhatIsCutShort) {
  uint64_t value;
  uint32_t small;
  absl::Time time;
  for (const uint64_t edge : EdgesUpTo(std::numeric_limits<uint64_t>::max())) {
    SCOPED_TRACE(edge);
    ExpectNoPrefixIsTaken(Varint(edge), [&](absl::string_view* in) { return TakeVarint(in, &value); });
  }
  ExpectNoPrefixIsTaken(Fixed64(1), [&](absl::string_view* in) { return TakeFixed64(in, &value); });
  ExpectNoPrefixIsTaken(Fixed32(1), [&](absl::string_view* in) { return TakeFixed32(in, &small); });
  ExpectNoPrefixIsTaken(EncodedTime(absl::UnixEpoch()), [&](absl::string_view* in) { return TakeTime(in, &time); });
}

TEST(CodingTest, RefusesAVarintThatDoesNotEnd) {
  for (const size_t size : {10u, 11u, 1000u}) {
    const std::string endless(size, '\x80');
    absl::string_view in = endless;
    uint64_t value;
    EXPECT_FALSE(TakeVarint(&in, &value)) << size;
  }
}

TEST(CodingTest, TakesRandomBytesForSomethingOrNothingAndNoMoreOfThemThanThereAre) {
  constexpr unsigned kSeed = 11;
  SCOPED_TRACE(absl::StrCat("seed ", kSeed));
  std::mt19937 random(kSeed);
  for (int turn = 0; turn < 20000; ++turn) {
    std::string bytes(random() % 24, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    absl::string_view in = bytes;
    uint64_t value;
    while (TakeVarint(&in, &value)) {
      const std::string again = Varint(value);
      EXPECT_LE(again.size() + in.size(), bytes.size());
    }
    in = bytes;
    absl::Time time;
    while (TakeTime(&in, &time)) EXPECT_EQ(EncodedTime(time), bytes.substr(bytes.size() - in.size() - 8, 8));
    EXPECT_LT(in.size(), 8u);
  }
}

}  // namespace
}  // namespace ampstream
