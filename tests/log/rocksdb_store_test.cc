// What the store on disk answers, compared with all that was added to it. What it removes: rocksdb_retention_test.cc.

#include <gtest/gtest.h>
#include <rocksdb/db.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "ampstream/v1/event.pb.h"
#include "server/event/cursor.h"
#include "server/event/error.h"
#include "server/event/event_id.h"
#include "server/event/position.h"
#include "server/log/chunk.h"
#include "server/log/coding.h"
#include "server/log/event_log.h"
#include "server/log/store.h"
#include "tests/log/rocksdb_store_fixture.h"
#include "tests/log/test_chunks.h"
#include "tests/testing/append.h"
#include "tests/testing/events.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/temporary_log.h"

namespace ampstream {
namespace {

using Matches = std::function<bool(absl::string_view encoded_event)>;

class RocksdbStoreTest : public RocksdbStoreFixture {
 protected:
  // Random chunks, some of which reach beyond their last event, or hold many of them.
  void AddRandomly(int chunks, std::mt19937* random) {
    for (int i = 0; i < chunks; ++i) {
      const size_t count = i % 10 == 9 ? 40 : 1 + (*random)() % 5;
      Add(NextEvents(count), kStart + absl::Seconds(added_.size()), i % 3 == 0 ? 1 + (*random)() % 9 : 0);
    }
  }

  // That the last n are found, of those that match, for every n.
  void ExpectFindsTheLast(const Matches& matches) {
    const Position oldest = store_->Info().oldest;
    const std::vector<Position> matching = PositionsAfter(oldest, matches);
    for (size_t n = 1; n <= matching.size() + 2; ++n) {
      const Position start = Resolve(StartAtLastN{static_cast<uint32_t>(n), matches});
      const std::vector<Position> follow = PositionsAfter(start, matches);
      ASSERT_EQ(follow.size(), std::min(n, matching.size())) << "the last " << n;
      // It begins just before the first of them: what is between does not have to be passed over.
      const std::vector<Position> all = PositionsAfter(start);
      if (n <= matching.size()) {
        ASSERT_EQ(all.front(), follow.front()) << "the last " << n;
      } else {
        ASSERT_EQ(start, oldest) << "the last " << n;
      }
    }
  }

  // Deletes the chunk at this index from the closed database, as damage would.
  void DeleteChunk(size_t index) {
    Close();
    const rocksdb::Options options;
    std::vector<std::string> names;
    ASSERT_TRUE(rocksdb::DB::ListColumnFamilies(options, options_.data_dir, &names).ok());
    std::vector<rocksdb::ColumnFamilyDescriptor> families;
    for (const std::string& name : names) families.emplace_back(name, rocksdb::ColumnFamilyOptions());
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    rocksdb::DB* opened = nullptr;
    ASSERT_TRUE(rocksdb::DB::Open(options, options_.data_dir, families, &handles, &opened).ok());
    const std::unique_ptr<rocksdb::DB> database(opened);
    const auto chunks = std::find(names.begin(), names.end(), "chunks") - names.begin();
    const std::string key = EncodePositionKey(added_[index].chunk->last);
    std::string value;
    EXPECT_TRUE(database->Get(rocksdb::ReadOptions(), handles[chunks], key, &value).ok());
    EXPECT_TRUE(database->Delete(rocksdb::WriteOptions(), handles[chunks], key).ok());
    for (rocksdb::ColumnFamilyHandle* handle : handles) EXPECT_TRUE(database->DestroyColumnFamilyHandle(handle).ok());
    ASSERT_TRUE(database->Close().ok());
    Open();
  }

  // That the chunk at this index is missing: what is before and after it is read, and it is not passed over.
  void ExpectGapAt(size_t index) {
    const ReadLimits limits;
    const Position gap = Before(index);
    for (size_t i = 0; i <= index; ++i) {
      const absl::StatusOr<ReadResult> result = store_->Read(Before(i), limits);
      if (i == index) {
        EXPECT_TRUE(absl::IsDataLoss(result.status())) << result.status();
      } else {
        ASSERT_TRUE(result.ok()) << result.status();
        EXPECT_EQ(result->chunks.size(), index - i);
        EXPECT_EQ(result->next, gap);
        EXPECT_FALSE(result->at_end);
      }
    }
    const absl::StatusOr<std::vector<SharedChunk>> behind = ReadAll(added_[index].chunk->last);
    ASSERT_TRUE(behind.ok()) << behind.status();
    EXPECT_EQ(behind->size(), added_.size() - index - 1);
    const absl::Status lost = store_->Find(added_[index].keys[0].id).status();
    EXPECT_TRUE(absl::IsDataLoss(lost)) << lost;
    const absl::Status inside = store_->Read(added_[index].chunk->entries[0].position, limits).status();
    EXPECT_TRUE(absl::IsDataLoss(inside)) << inside;
  }
};

int NumberOf(absl::string_view encoded) {
  v1::Event event;
  EXPECT_TRUE(event.ParseFromString(std::string(encoded)));
  return std::stoi(event.events_track().event_type().substr(1));
}

TEST_F(RocksdbStoreTest, IsEmptyWhenItIsNew) {
  for (int turn = 0; turn < 2; ++turn) {
    ExpectHolds(0);
    const absl::StatusOr<ReadResult> result = store_->Read(Position(), ReadLimits());
    ASSERT_TRUE(result.ok());
    EXPECT_TRUE(result->at_end && result->chunks.empty());
    EXPECT_EQ(ReasonOf(store_->Resolve(StartAfter{Position(1)}).status()), v1::ERROR_REASON_CURSOR_FROM_THE_FUTURE);
    EXPECT_EQ(Resolve(StartAtLastN{5, [](absl::string_view) { return true; }}), Position());
    Reopen();
  }
}

TEST_F(RocksdbStoreTest, HoldsTheSameWhenItIsOpenedAgain) {
  std::mt19937 random(21);
  for (int turn = 0; turn < 4; ++turn) {
    AddRandomly(25, &random);
    ExpectHolds(0);
    Reopen();
    ExpectHolds(0);
  }
}

TEST_F(RocksdbStoreTest, ReadsFromEveryPlaceWithinAnyLimits) {
  std::mt19937 random(22);
  AddRandomly(30, &random);
  for (const TestChunk& added : added_) {
    for (const Entry& entry : added.chunk->entries) {
      const absl::StatusOr<std::vector<SharedChunk>> chunks = ReadAll(entry.position);
      ASSERT_TRUE(chunks.ok()) << chunks.status();
      const bool is_last = entry.position == added.chunk->last;
      ASSERT_EQ(chunks->empty() ? newest() : chunks->front()->previous,
                is_last ? added.chunk->last : added.chunk->previous);
    }
  }
  for (const size_t max_chunks : {1u, 2u, 7u}) {
    for (const size_t max_bytes : {1u, 300u, 1000u, 100000u}) {
      ReadLimits limits;
      limits.max_chunks = max_chunks;
      limits.max_bytes = max_bytes;
      const std::vector<SharedChunk> chunks = store_->Read(Position(), limits)->chunks;
      size_t bytes = 0;
      for (const SharedChunk& chunk : chunks) bytes += chunk->bytes.size();
      EXPECT_LE(chunks.size(), max_chunks);
      EXPECT_TRUE(bytes <= max_bytes || chunks.size() == 1) << bytes << " of " << max_bytes << " bytes";
      EXPECT_EQ(ReadAll(Position(), limits)->size(), added_.size());
    }
  }
}

TEST_F(RocksdbStoreTest, FindsTheLastForEveryNumberOfThem) {
  std::mt19937 random(23);
  AddRandomly(40, &random);
  options_.max_bytes = store_->Info().bytes * 3 / 4;
  for (int turn = 0; turn < 2; ++turn) {
    SCOPED_TRACE(turn == 0 ? "all of them" : "after removal");
    ExpectFindsTheLast(nullptr);
    ExpectFindsTheLast([](absl::string_view) { return true; });
    ExpectFindsTheLast([](absl::string_view encoded) { return NumberOf(encoded) % 2 == 0; });
    ExpectFindsTheLast([](absl::string_view encoded) { return NumberOf(encoded) % 17 == 3; });
    ExpectFindsTheLast([](absl::string_view encoded) { return NumberOf(encoded) == 0; });
    ExpectFindsTheLast([this](absl::string_view encoded) { return NumberOf(encoded) == names_ - 1; });
    ExpectFindsTheLast([](absl::string_view) { return false; });
    EXPECT_EQ(Resolve(StartAtLastN{0}), newest());
    EXPECT_EQ(Resolve(StartAtLastN{0, [](absl::string_view) { return true; }}), newest());
    EXPECT_EQ(Resolve(StartAtLastN{0xffffffff}), store_->Info().oldest);
    Reopen();
    Add(NextEvents(1), kStart + absl::Hours(1));
  }
  EXPECT_GT(store_->Info().oldest, Position());
}

TEST_F(RocksdbStoreTest, LooksForTheLastNoLongerThanSomebodyWaitsForThem) {
  for (int i = 0; i < 20; ++i) Add(NextEvents(1), kStart);
  int asked = 0;
  int matched = 0;
  StartAtLastN last{20, [&](absl::string_view) { return ++matched > 0; }, [&] { return ++asked < 5; }};
  Resolve(last);
  EXPECT_EQ(asked, 5);
  EXPECT_LT(matched, 20);
}

TEST_F(RocksdbStoreTest, LooksForTheLastInWhatIsLeftOnly) {
  options_.max_bytes = 2000;
  Reopen();
  for (int i = 0; i < 30; ++i) Add(NextEvents(1), kStart);
  const size_t first = FirstWithin(options_.max_bytes);
  ASSERT_GT(first, 0u);
  std::vector<int> asked;
  Resolve(StartAtLastN{5, [&](absl::string_view encoded) {
                         asked.push_back(NumberOf(encoded));
                         return false;
                       }});
  EXPECT_EQ(asked.size(), added_.size() - first);
  EXPECT_EQ(asked.back(), static_cast<int>(first));
}

TEST_F(RocksdbStoreTest, FindsAStartByTimeThoughReceiveTimesGoBack) {
  constexpr unsigned kSeed = 24;
  SCOPED_TRACE(absl::StrCat("seed ", kSeed));
  std::mt19937 random(kSeed);
  for (int i = 0; i < 60; ++i) {
    std::vector<absl::Time> times;
    for (unsigned event = 0; event < 1 + random() % 3; ++event)
      times.push_back(kStart + absl::Seconds(i) + absl::Seconds(static_cast<int>(random() % 40) - 20));
    Add(NextEvents(times), kStart + absl::Seconds(i));
  }
  options_.max_bytes = store_->Info().bytes / 2;
  for (int turn = 0; turn < 3; ++turn) {
    const Position oldest = store_->Info().oldest;
    for (int half_second = -60; half_second < 200; ++half_second) {
      const absl::Time time = kStart + absl::Milliseconds(500 * half_second);
      // Before the first chunk up to which something was received then or later.
      const auto first = std::find_if(added_.begin(), added_.end(), [&](const TestChunk& added) {
        return std::any_of(added.keys.begin(), added.keys.end(),
                           [&](const Store::Key& key) { return key.receive_time >= time; });
      });
      const Position expected = first == added_.end() ? newest() : first->chunk->previous;
      ASSERT_EQ(Resolve(StartAtTime{time}), std::max(oldest, expected)) << half_second << ", turn " << turn;
    }
    EXPECT_EQ(Resolve(StartAtTime{absl::InfiniteFuture()}), newest());
    Reopen();
    Add(NextEvents(1), kStart + absl::Minutes(2));
  }
  EXPECT_GT(store_->Info().oldest, Position());
}

TEST_F(RocksdbStoreTest, FindsTheNewestOfThoseWithOneId) {
  std::vector<TestEvent> events = NextEvents(2);
  Add(events, kStart);
  Add(NextEvents(1), kStart + absl::Seconds(1));
  Add({events[0]}, kStart + absl::Seconds(2));
  for (int turn = 0; turn < 2; ++turn) {
    EXPECT_EQ(store_->PositionsOf({events[0].id}, absl::InfinitePast())->front(), newest());
    EXPECT_EQ(store_->Find(events[0].id).value(), added_[2].chunk->Event(added_[2].chunk->entries[0]));
    EXPECT_EQ(store_->PositionsOf({events[1].id}, absl::InfinitePast())->front(), added_[0].chunk->last);
    Reopen();
  }
}

TEST_F(RocksdbStoreTest, GivesPositionsOfChunksOfALogTimeOrLaterOnly) {
  for (int i = 0; i < 5; ++i) Add(NextEvents({kStart - absl::Hours(i)}), kStart + absl::Seconds(i));
  std::vector<EventId> ids;
  for (const TestChunk& added : added_) ids.push_back(added.keys[0].id);
  ids.push_back(EventId::Random());
  for (int turn = 0; turn < 2; ++turn) {
    for (int from = -1; from < 6; ++from) {
      const absl::StatusOr<Store::Positions> positions = store_->PositionsOf(ids, kStart + absl::Seconds(from));
      ASSERT_TRUE(positions.ok()) << positions.status();
      for (int i = 0; i < 5; ++i) EXPECT_EQ((*positions)[i].has_value(), i >= from) << i << ", from " << from;
      EXPECT_FALSE((*positions)[5].has_value());
    }
    Reopen();
  }
}

TEST_F(RocksdbStoreTest, KeepsItsEpochUntilItIsToTakeAnother) {
  const Epoch epoch = store_->Info().epoch;
  Add(NextEvents(3), kStart);
  Reopen();
  EXPECT_EQ(store_->Info().epoch, epoch);
  options_.new_epoch = true;
  Reopen();
  const Epoch fresh = store_->Info().epoch;
  EXPECT_NE(fresh, epoch);
  options_.new_epoch = false;
  Reopen();
  EXPECT_EQ(store_->Info().epoch, fresh);
}

TEST_F(RocksdbStoreTest, GivesOldEventsTheCursorsOfItsNewEpoch) {
  std::vector<Epoch> epochs;
  options_.new_epoch = true;
  for (int turn = 0; turn < 3; ++turn) {
    Reopen();
    epochs.push_back(store_->Info().epoch);
    Add(NextEvents(3), kStart);
    const absl::StatusOr<std::vector<SharedChunk>> chunks = ReadAll(Position());
    ASSERT_TRUE(chunks.ok()) << chunks.status();
    ASSERT_EQ(chunks->size(), added_.size());
    for (size_t i = 0; i < added_.size(); ++i) {
      for (size_t event = 0; event < 3; ++event) {
        const Entry& entry = (*chunks)[i]->entries[event];
        const std::string encoded((*chunks)[i]->Event(entry));
        v1::Event decoded;
        ASSERT_TRUE(decoded.ParseFromString(encoded));
        EXPECT_EQ(decoded.cursor(), (Cursor{epochs.back(), entry.position}.Encode()));
        EXPECT_EQ(entry.position, added_[i].chunk->entries[event].position);
        EXPECT_EQ(store_->Find(added_[i].keys[event].id).value(), encoded);
      }
    }
  }
  EXPECT_NE(epochs[0], epochs[1]);
  EXPECT_NE(epochs[1], epochs[2]);
}

TEST_F(RocksdbStoreTest, SaysThatAChunkIsMissingAndDoesNotPassItOver) {
  for (const size_t index : {0u, 5u, 9u}) {
    SCOPED_TRACE(index);
    Close();
    options_.data_dir = absl::StrCat(folder_.path(), "/log", index);
    added_.clear();
    Open();
    for (int i = 0; i < 10; ++i) Add(NextEvents(3), kStart + absl::Seconds(i));
    ASSERT_NO_FATAL_FAILURE(DeleteChunk(index));
    ExpectGapAt(index);
    Add(NextEvents(3), kStart + absl::Minutes(1));
    ExpectGapAt(index);
    Reopen();
    ExpectGapAt(index);
  }
}

TEST_F(RocksdbStoreTest, SaysThatAChunkIsMissingWhereTheLastOfAllAreLookedFor) {
  for (int i = 0; i < 10; ++i) Add(NextEvents(3), kStart + absl::Seconds(i));
  ASSERT_NO_FATAL_FAILURE(DeleteChunk(5));
  // Four chunks of three events follow.
  EXPECT_EQ(Resolve(StartAtLastN{12}), added_[5].chunk->last);
  for (const uint32_t n : {13u, 14u}) {
    const absl::Status status = store_->Resolve(StartAtLastN{n}).status();
    EXPECT_TRUE(absl::IsDataLoss(status)) << status << ", the last " << n;
  }
}

TEST_F(RocksdbStoreTest, SaysThatAChunkIsMissingWhereTheLastOfThoseThatMatchAreLookedFor) {
  for (int i = 0; i < 10; ++i) Add(NextEvents(3), kStart + absl::Seconds(i));
  ASSERT_NO_FATAL_FAILURE(DeleteChunk(5));
  const Matches any = [](absl::string_view) { return true; };
  EXPECT_EQ(Resolve(StartAtLastN{12, any}), added_[5].chunk->last);
  for (const uint32_t n : {13u, 14u, 16u, 100u}) {
    const absl::Status status = store_->Resolve(StartAtLastN{n, any}).status();
    EXPECT_TRUE(absl::IsDataLoss(status)) << status << ", the last " << n;
  }
}

TEST_F(RocksdbStoreTest, RemovesWhatIsMissingWithWhatIsThere) {
  options_.max_age = absl::Minutes(10);
  Reopen();
  for (int i = 0; i < 10; ++i) Add(NextEvents(3), kStart + absl::Minutes(i));
  ASSERT_NO_FATAL_FAILURE(DeleteChunk(2));
  Trim(kStart + absl::Minutes(12));
  ExpectHolds(3);
}

TEST_F(RocksdbStoreTest, HoldsChunksWithoutEntries) {
  for (int i = 0; i < 5; ++i) {
    Add(NextEvents({kStart + absl::Seconds(i)}), kStart);
    Add({}, kStart);
  }
  for (int turn = 0; turn < 2; ++turn) {
    ExpectHolds(0);
    ExpectFindsTheLast(nullptr);
    ExpectFindsTheLast([](absl::string_view encoded) { return NumberOf(encoded) % 2 == 0; });
    Reopen();
  }
}

TEST_F(RocksdbStoreTest, KnowsTheOldestTimeWhereTheOldestChunkHasNoEntries) {
  options_.max_age = absl::Minutes(10);
  Reopen();
  Add({}, kStart);
  Add(NextEvents({kStart - absl::Hours(1)}), kStart);
  ExpectHolds(0);
  Add({}, kStart + absl::Minutes(5));
  Add(NextEvents({kStart + absl::Minutes(6)}), kStart + absl::Minutes(6));
  Trim(kStart + absl::Minutes(12));
  ExpectHolds(2);
}

class RocksdbLogDuplicateTest : public ::testing::Test {
 protected:
  Appended AppendOne(const std::string& name) { return Append(log_, MakeEvents({name}))[0]; }

  FakeClock clock_;
  TemporaryLog log_{64 << 20, clock_};
};

TEST_F(RocksdbLogDuplicateTest, KnowsDuplicatesWhenItIsOpenedAgain) {
  const std::vector<Appended> first = Append(log_, MakeEvents(Names("e", 100)));
  for (int turn = 0; turn < 3; ++turn) {
    log_.Reopen();
    const std::vector<Appended> again = Append(log_, MakeEvents(Names("e", 101)));
    ASSERT_EQ(again.size(), 101u);
    for (size_t i = 0; i < 100; ++i) {
      EXPECT_EQ(again[i].outcome, Appended::Outcome::kDuplicate);
      EXPECT_EQ(again[i].position, first[i].position);
    }
    EXPECT_EQ(again[100].outcome, turn == 0 ? Appended::Outcome::kAccepted : Appended::Outcome::kDuplicate);
    EXPECT_EQ(log_.Info().events, 101);
  }
}

TEST_F(RocksdbLogDuplicateTest, KeepsItsWindowByLogTimeWhenItIsOpenedAgain) {
  const absl::Duration window = log_.Info().duplicate_window;
  const absl::Time start = clock_.Now();
  const Position first = AppendOne("a").position;
  clock_.Set(start + window);
  log_.Reopen();
  const Appended inside = AppendOne("a");
  EXPECT_EQ(inside.outcome, Appended::Outcome::kDuplicate);
  EXPECT_EQ(inside.position, first);
  clock_.Set(start + window + absl::Nanoseconds(1));
  log_.Reopen();
  const Appended outside = AppendOne("a");
  EXPECT_EQ(outside.outcome, Appended::Outcome::kAccepted);
  EXPECT_GT(outside.position, first);
  EXPECT_EQ(AppendOne("a").position, outside.position);
  EXPECT_EQ(log_.Info().events, 2);
}

TEST_F(RocksdbLogDuplicateTest, ItsLogTimeDoesNotGoBackWithTheClock) {
  const absl::Duration window = log_.Info().duplicate_window;
  const absl::Time start = clock_.Now();
  AppendOne("a");
  clock_.Set(start + window + absl::Hours(1));
  AppendOne("b");
  clock_.Set(start);  // By this clock `a` is new.
  log_.Reopen();
  EXPECT_EQ(AppendOne("a").outcome, Appended::Outcome::kAccepted);
  EXPECT_EQ(AppendOne("b").outcome, Appended::Outcome::kDuplicate);
  const std::vector<SharedChunk> chunks = log_.Read(Position(), ReadLimits())->chunks;
  ASSERT_EQ(chunks.size(), 3u);
  EXPECT_EQ(chunks[2]->log_time, chunks[1]->log_time);
}

}  // namespace
}  // namespace ampstream
