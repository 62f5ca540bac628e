#include "server/log/id_generations.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <deque>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "server/event/event_id.h"
#include "server/event/position.h"
#include "server/log/group_record.h"

namespace ampstream {
namespace {

using ::testing::ElementsAre;

constexpr int64_t kMaxBytes = 4000;
constexpr absl::Duration kMaxAge = absl::Hours(4);
constexpr absl::Time kStart = absl::FromUnixSeconds(1767323045);

GroupRecord RecordAt(uint64_t last, int64_t bytes) {
  GroupRecord record;
  record.last = Position(last);
  record.bytes = bytes;
  return record;
}

std::vector<uint32_t> NumbersOf(const IdGenerations& generations) {
  std::vector<uint32_t> numbers;
  for (const IdGenerations::Generation& generation : generations.all()) numbers.push_back(generation.number);
  return numbers;
}

// Three, which begin after positions 0, 100 and 200.
IdGenerations MakeThree() {
  IdGenerations generations;
  generations.BeginIfDue(GroupRecord(), kStart, kMaxBytes, kMaxAge);
  generations.BeginIfDue(RecordAt(100, 1000), kStart, kMaxBytes, kMaxAge);
  generations.BeginIfDue(RecordAt(200, 2000), kStart + absl::Seconds(1), kMaxBytes, kMaxAge);
  return generations;
}

TEST(IdGenerationsTest, BeginsTheFirstAtOnce) {
  IdGenerations generations;
  EXPECT_TRUE(generations.all().empty());
  generations.BeginIfDue(RecordAt(7, 70), kStart, kMaxBytes, kMaxAge);
  ASSERT_EQ(generations.all().size(), 1u);
  EXPECT_EQ(generations.current(), 0u);
  EXPECT_EQ(generations.all()[0].before, Position(7));
  EXPECT_EQ(generations.all()[0].log_time, kStart);
  EXPECT_EQ(generations.all()[0].bytes, 70);
}

TEST(IdGenerationsTest, BeginsAnotherAfterAQuarterOfTheBytes) {
  IdGenerations generations;
  generations.BeginIfDue(RecordAt(1, 500), kStart, kMaxBytes, kMaxAge);
  generations.BeginIfDue(RecordAt(2, 1499), kStart, kMaxBytes, kMaxAge);
  EXPECT_THAT(NumbersOf(generations), ElementsAre(0));
  generations.BeginIfDue(RecordAt(3, 1500), kStart, kMaxBytes, kMaxAge);
  EXPECT_THAT(NumbersOf(generations), ElementsAre(0, 1));
  EXPECT_EQ(generations.current(), 1u);
  EXPECT_EQ(generations.all()[1].before, Position(3));
  EXPECT_EQ(generations.all()[1].bytes, 1500);
}

TEST(IdGenerationsTest, BeginsAnotherAfterAQuarterOfTheAge) {
  IdGenerations generations;
  generations.BeginIfDue(RecordAt(1, 0), kStart, kMaxBytes, kMaxAge);
  generations.BeginIfDue(RecordAt(2, 0), kStart + absl::Hours(1) - absl::Nanoseconds(1), kMaxBytes, kMaxAge);
  EXPECT_THAT(NumbersOf(generations), ElementsAre(0));
  generations.BeginIfDue(RecordAt(3, 0), kStart + absl::Hours(1), kMaxBytes, kMaxAge);
  EXPECT_THAT(NumbersOf(generations), ElementsAre(0, 1));
  EXPECT_EQ(generations.all()[1].log_time, kStart + absl::Hours(1));
}

TEST(IdGenerationsTest, KeepsOneGenerationWhereNothingIsEverRemoved) {
  IdGenerations generations;
  constexpr int64_t kUnlimited = std::numeric_limits<int64_t>::max();
  for (uint64_t i = 0; i < 100; ++i) {
    generations.BeginIfDue(RecordAt(i, static_cast<int64_t>(i) << 40), kStart + absl::Hours(1000 * i), kUnlimited,
                           absl::InfiniteDuration());
  }
  EXPECT_THAT(NumbersOf(generations), ElementsAre(0));
}

TEST(IdGenerationsTest, DropsThoseThatWereRemovedAsAWholeAndNeverTheLast) {
  IdGenerations generations = MakeThree();
  generations.DropUpTo(Position());
  generations.DropUpTo(Position(99));
  EXPECT_THAT(NumbersOf(generations), ElementsAre(0, 1, 2));
  generations.DropUpTo(Position(100));
  EXPECT_THAT(NumbersOf(generations), ElementsAre(1, 2));
  generations.DropUpTo(Position(199));
  EXPECT_THAT(NumbersOf(generations), ElementsAre(1, 2));
  generations.DropUpTo(Position(1000000));
  EXPECT_THAT(NumbersOf(generations), ElementsAre(2));
}

TEST(IdGenerationsTest, DropsSeveralAtOnce) {
  IdGenerations generations = MakeThree();
  generations.DropUpTo(Position(200));
  EXPECT_THAT(NumbersOf(generations), ElementsAre(2));
}

TEST(IdGenerationsTest, NeverGivesANumberTwice) {
  IdGenerations generations = MakeThree();
  generations.DropUpTo(Position(1000000));
  generations.BeginIfDue(RecordAt(300, 3000), kStart, kMaxBytes, kMaxAge);
  EXPECT_THAT(NumbersOf(generations), ElementsAre(2, 3));
}

TEST(IdGenerationsTest, IsAlwaysFewWhileRetentionHolds) {
  constexpr unsigned kSeed = 13;
  SCOPED_TRACE(absl::StrCat("seed ", kSeed));
  std::mt19937 random(kSeed);
  IdGenerations generations;
  std::deque<GroupRecord> kept;
  GroupRecord newest = RecordAt(0, 0);
  absl::Time now = kStart;
  for (int turn = 0; turn < 5000; ++turn) {
    generations.BeginIfDue(newest, now, kMaxBytes, kMaxAge);
    newest = RecordAt(newest.last.value() + 1, newest.bytes + random() % 100);
    newest.log_time = now;
    kept.push_back(newest);
    now += absl::Seconds(random() % 600);
    Position removed;
    while (newest.bytes - kept.front().bytes > kMaxBytes || kept.front().log_time + kMaxAge <= now) {
      removed = kept.front().last;
      kept.pop_front();
      if (kept.empty()) break;
    }
    if (kept.empty()) kept.push_back(newest);
    generations.DropUpTo(removed);
    EXPECT_LE(generations.all().size(), 10u);
    EXPECT_LE(generations.all().front().before, kept.front().last);
  }
  EXPECT_GT(generations.current(), 100u);
}

TEST(IdGenerationsTest, ComesBackFromItsEncoding) {
  IdGenerations edges = MakeThree();
  edges.BeginIfDue(RecordAt(std::numeric_limits<uint64_t>::max(), std::numeric_limits<int64_t>::max()),
                   absl::InfiniteFuture(), kMaxBytes, kMaxAge);
  for (const IdGenerations& generations : {IdGenerations(), MakeThree(), edges}) {
    IdGenerations decoded = MakeThree();  // What it held before is gone.
    ASSERT_TRUE(decoded.Decode(generations.Encode()));
    ASSERT_EQ(NumbersOf(decoded), NumbersOf(generations));
    for (size_t i = 0; i < generations.all().size(); ++i) {
      EXPECT_EQ(decoded.all()[i].before, generations.all()[i].before);
      EXPECT_EQ(decoded.all()[i].log_time, generations.all()[i].log_time);
      EXPECT_EQ(decoded.all()[i].bytes, generations.all()[i].bytes);
    }
  }
}

TEST(IdGenerationsTest, RefusesAPartOfAGeneration) {
  const std::string encoded = MakeThree().Encode();
  const size_t size_of_one = encoded.size() / 3;
  for (size_t size = 0; size < encoded.size(); ++size) {
    IdGenerations decoded;
    EXPECT_EQ(decoded.Decode(encoded.substr(0, size)), size % size_of_one == 0) << size;
  }
  IdGenerations decoded;
  EXPECT_FALSE(decoded.Decode(encoded + '\0'));
}

TEST(IdGenerationsTest, TakesRandomBytesForWhatTheyAreTheEncodingOf) {
  constexpr unsigned kSeed = 14;
  SCOPED_TRACE(absl::StrCat("seed ", kSeed));
  std::mt19937 random(kSeed);
  int decoded_ones = 0;
  for (int turn = 0; turn < 10000; ++turn) {
    std::string bytes(random() % 100, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    IdGenerations generations;
    if (!generations.Decode(bytes)) continue;
    ++decoded_ones;
    EXPECT_EQ(generations.Encode(), bytes);
  }
  EXPECT_GT(decoded_ones, 0);
}

TEST(IdKeyTest, IsTheGenerationAndTheId) {
  const EventId id = EventId::Of({"a"});
  EXPECT_EQ(IdKey(0x01020384, id).view(), std::string("\x01\x02\x03\x84") + std::string(id.bytes()));
}

TEST(IdKeyTest, SortsByGenerationThenById) {
  const std::vector<EventId> ids = {EventId(), EventId::FromBytes(std::string(15, '\0') + '\x01'),
                                    EventId::FromBytes('\x7f' + std::string(15, '\xff')),
                                    EventId::FromBytes('\x80' + std::string(15, '\0')),
                                    EventId::FromBytes(std::string(16, '\xff'))};
  std::string before;
  for (const uint32_t generation : {0u, 1u, 0x7fu, 0x80u, 0xffu, 0x100u, 0x7fffffffu, 0x80000000u, 0xffffffffu}) {
    EXPECT_LT(before, IdKey::FirstOf(generation)) << generation;
    before = IdKey::FirstOf(generation);
    for (const EventId& id : ids) {
      EXPECT_LT(before, IdKey(generation, id).view()) << generation << ", " << id.ToString();
      before = std::string(IdKey(generation, id).view());
    }
  }
}

}  // namespace
}  // namespace ampstream
