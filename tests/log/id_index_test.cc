// The index of ids over a real database: ids alone, with no events.

#include "server/log/id_index.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "server/event/event_id.h"
#include "server/event/position.h"
#include "server/log/chunk.h"
#include "server/log/coding.h"
#include "server/log/group_record.h"
#include "server/log/id_generations.h"
#include "server/log/rocksdb_database.h"
#include "server/log/store.h"
#include "tests/testing/temporary_folder.h"

namespace ampstream {
namespace {

using Family = RocksdbDatabase::Family;

constexpr uint64_t kChunkIds = 1000;
constexpr uint64_t kRunIds = 7 * kChunkIds;  // As many become a file here,
constexpr uint64_t kRealRunIds = 458752;     // and as many do in a server.
constexpr int64_t kBytesPerId = 100;         // Of the events, if there were any.
constexpr int64_t kRunBytes = kRunIds * kBytesPerId;
constexpr uint64_t kStep = 13;  // Of the ids, every so many are looked for.
constexpr absl::Time kStart = absl::FromUnixSeconds(1767323045);

// The n-th of many different ids in no order.
EventId NthId(uint64_t n) {
  const uint64_t words[] = {(n + 1) * 0x9e3779b97f4a7c15, (n + 1) * 0xbf58476d1ce4e5b9};
  return EventId::FromBytes({reinterpret_cast<const char*>(words), sizeof(words)});
}

class IdIndexTest : public ::testing::Test {
 protected:
  void SetUp() override { Open(); }

  void Open() {
    database_ = RocksdbDatabase::Open(folder_.path(), nullptr).value();
    absl::StatusOr<std::unique_ptr<IdIndex>> index = IdIndex::Open(*database_, options_);
    ASSERT_TRUE(index.ok()) << index.status();
    index_ = *std::move(index);
  }

  void Close() {
    index_.reset();
    database_.reset();
  }

  void Reopen() {
    Close();
    Open();
  }

  // Adds the ids from `first` on in chunks, of this log time each. The position of an id is known from its turn.
  void Add(uint64_t first, uint64_t count, absl::Time log_time) {
    for (uint64_t end = first + count; first < end;) {
      const uint64_t in_chunk = std::min(kChunkIds, end - first);
      AddChunk(first, in_chunk, log_time);
      first += in_chunk;
    }
  }

  void AddChunk(uint64_t first, uint64_t count, absl::Time log_time) {
    Chunk chunk;
    chunk.previous = newest_.last;
    chunk.log_time = log_time;
    std::vector<Store::Key> keys;
    for (uint64_t i = 0; i < count; ++i) {
      chunk.entries.push_back({Position(newest_.last.value() + 1 + i), 0, 0, 0});
      keys.push_back({NthId(first + i), log_time});
    }
    chunk.last = chunk.entries.back().position;
    newest_.last = chunk.last;
    newest_.log_time = log_time;
    newest_.events += static_cast<int64_t>(count);
    newest_.bytes += static_cast<int64_t>(count) * kBytesPerId;
    RocksdbDatabase::Batch batch(*database_, 20 * count);
    IdIndex::Put(chunk, keys, &batch);
    ASSERT_TRUE(database_->Write(std::move(batch)).ok());
    index_->Added(chunk, keys, newest_, removed_);
  }

  // What there is one of, as the index keeps it.
  std::string Meta(absl::string_view name) const { return database_->Get(Family::kMeta, name).value().value_or(""); }

  Position Filed() const { return DecodeGroup(Meta("filed")).value_or(GroupRecord()).last; }

  std::vector<uint32_t> Generations() const {
    IdGenerations generations;
    EXPECT_TRUE(generations.Decode(Meta("generations")));
    std::vector<uint32_t> numbers;
    for (const IdGenerations::Generation& generation : generations.all()) numbers.push_back(generation.number);
    return numbers;
  }

  // Waits until the ids up to a position are in files, which is said there a moment before they leave memory.
  void WaitUntilFiled(Position position) const {
    const absl::Time deadline = absl::Now() + absl::Minutes(2);
    while (Filed() < position) {
      ASSERT_LT(absl::Now(), deadline) << "no file was made";
      std::this_thread::yield();
    }
  }

  // Adds as many ids as become a file, and waits for that.
  void AddRun(uint64_t first, absl::Time log_time) {
    Add(first, kRunIds, log_time);
    WaitUntilFiled(newest_.last);
  }

  std::vector<absl::optional<IdIndex::Place>> Find(const std::vector<EventId>& ids,
                                                   absl::Time not_before = absl::InfinitePast()) const {
    const auto places = index_->Find(ids, not_before);
    EXPECT_TRUE(places.ok()) << places.status();
    return places.ok() ? *places : std::vector<absl::optional<IdIndex::Place>>(ids.size());
  }

  bool Has(uint64_t n) const { return Find({NthId(n)}).front().has_value(); }

  // Of the ids [first, first + count), which were added from the position after `before` on, some are looked for at
  // once, the last among them.
  void ExpectFound(uint64_t first, uint64_t count, Position before, absl::Time log_time,
                   absl::Time not_before = absl::InfinitePast()) const {
    std::vector<EventId> ids;
    std::vector<uint64_t> turns;
    for (uint64_t i = 0; i < count; i += kStep) turns.push_back(i);
    turns.push_back(count - 1);
    for (const uint64_t turn : turns) ids.push_back(NthId(first + turn));
    const std::vector<absl::optional<IdIndex::Place>> places = Find(ids, not_before);
    for (size_t i = 0; i < turns.size(); ++i) {
      ASSERT_TRUE(places[i].has_value()) << "id " << first + turns[i];
      ASSERT_EQ(places[i]->position, Position(before.value() + 1 + turns[i])) << "id " << first + turns[i];
      ASSERT_EQ(places[i]->log_time, log_time) << "id " << first + turns[i];
    }
  }

  IdIndex::Options options_ = {/*max_bytes=*/int64_t{1} << 40, /*max_age=*/absl::Hours(168), kRunIds};
  const TemporaryFolder folder_;
  std::unique_ptr<RocksdbDatabase> database_;
  std::unique_ptr<IdIndex> index_;
  GroupRecord newest_;
  Position removed_;
};

TEST_F(IdIndexTest, FindsWhatWasAddedAndNothingElse) {
  EXPECT_TRUE(Find({}).empty());
  EXPECT_FALSE(Has(0));
  Add(0, 1000, kStart);
  ExpectFound(0, 1000, Position(), kStart);
  EXPECT_FALSE(Has(1000));
  const auto places = Find({NthId(5000), NthId(7), NthId(6000), NthId(3), NthId(7)});
  ASSERT_EQ(places.size(), 5u);
  EXPECT_FALSE(places[0].has_value() || places[2].has_value());
  ASSERT_TRUE(places[1].has_value() && places[3].has_value() && places[4].has_value());
  EXPECT_EQ(places[1]->position, Position(8));
  EXPECT_EQ(places[3]->position, Position(4));
  EXPECT_EQ(places[4]->position, Position(8));
}

TEST_F(IdIndexTest, FindsInMemoryInASealedRunAndInFiles) {
  // Each file is still being made when the first of these look for its ids.
  for (uint64_t run = 0; run < 2; ++run) {
    Add(run * kRunIds, kRunIds, kStart + absl::Seconds(run));
    ExpectFound(run * kRunIds, kRunIds, Position(run * kRunIds), kStart + absl::Seconds(run));
    WaitUntilFiled(newest_.last);
    ExpectFound(run * kRunIds, kRunIds, Position(run * kRunIds), kStart + absl::Seconds(run));
  }
  Add(2 * kRunIds, 5000, kStart + absl::Seconds(2));
  for (int turn = 0; turn < 2; ++turn) {
    ExpectFound(0, kRunIds, Position(), kStart);
    ExpectFound(kRunIds, kRunIds, Position(kRunIds), kStart + absl::Seconds(1));
    ExpectFound(2 * kRunIds, 5000, Position(2 * kRunIds), kStart + absl::Seconds(2));
    EXPECT_FALSE(Has(2 * kRunIds + 5000));
    EXPECT_EQ(Generations(), std::vector<uint32_t>{0});
    Reopen();
  }
}

TEST_F(IdIndexTest, FindsAmongMoreThanHalfAMillion) {
  options_.run_ids = kRealRunIds;
  Reopen();
  Add(0, kRealRunIds + 100000, kStart);
  ExpectFound(0, kRealRunIds + 100000, Position(), kStart);
  const Position sealed((kRealRunIds + kChunkIds - 1) / kChunkIds * kChunkIds);  // With the chunk that made it full.
  WaitUntilFiled(sealed);
  for (int turn = 0; turn < 2; ++turn) {
    ExpectFound(0, kRealRunIds + 100000, Position(), kStart);
    EXPECT_FALSE(Has(kRealRunIds + 100000));
    EXPECT_GE(Filed(), sealed);
    Reopen();
  }
}

// It also waits for files: far more than may wait in memory is added at once.
TEST_F(IdIndexTest, FindsEveryIdWhileFilesAreMade) {
  constexpr uint64_t kIds = 40 * kRunIds;
  std::atomic<uint64_t> added{0};
  std::thread reader([&] {
    for (uint64_t n = 0, known = 0; known < kIds; n += 7919) {
      known = added;
      if (known == 0) continue;
      const auto place = Find({NthId(n % known)}).front();
      ASSERT_TRUE(place.has_value()) << n % known;
      ASSERT_EQ(place->position, Position(n % known + 1));
    }
  });
  while (added < kIds) {
    AddChunk(added, kChunkIds, kStart);
    added += kChunkIds;
  }
  reader.join();
  WaitUntilFiled(Position(kIds - kRunIds + 1));  // All but what is less than a file.
  ExpectFound(0, kIds, Position(), kStart);
}

TEST_F(IdIndexTest, TheNewestPlaceWinsWhereverTheOldOneIs) {
  options_.max_bytes = 4 * kRunBytes;  // Each run begins a generation.
  Reopen();
  Add(0, 100, kStart);
  Add(0, 50, kStart + absl::Seconds(1));  // In memory, over memory.
  ExpectFound(0, 50, Position(100), kStart + absl::Seconds(1));
  ExpectFound(50, 50, Position(50), kStart);
  Reopen();
  ExpectFound(0, 50, Position(100), kStart + absl::Seconds(1));
  ExpectFound(50, 50, Position(50), kStart);
  Add(1000, kRunIds, kStart + absl::Seconds(2));
  WaitUntilFiled(newest_.last);
  ExpectFound(0, 50, Position(100), kStart + absl::Seconds(1));
  ExpectFound(50, 50, Position(50), kStart);

  const Position again = newest_.last;
  Add(0, 10, kStart + absl::Seconds(3));  // In memory, over a file.
  ExpectFound(0, 10, again, kStart + absl::Seconds(3));
  Add(5000000, kRunIds, kStart + absl::Seconds(4));  // In a file, over an older one of another generation.
  WaitUntilFiled(newest_.last);
  ASSERT_GE(Generations().size(), 2u);
  for (int turn = 0; turn < 2; ++turn) {
    ExpectFound(0, 10, again, kStart + absl::Seconds(3));
    ExpectFound(10, 40, Position(110), kStart + absl::Seconds(1));
    ExpectFound(50, 50, Position(50), kStart);
    Reopen();
  }
}

TEST_F(IdIndexTest, TheNewestPlaceWinsWithinAGeneration) {
  AddRun(0, kStart);
  AddRun(kRunIds / 2, kStart + absl::Seconds(1));  // Half of these were there.
  EXPECT_EQ(Generations(), std::vector<uint32_t>{0});
  for (int turn = 0; turn < 2; ++turn) {
    ExpectFound(0, kRunIds / 2, Position(), kStart);
    ExpectFound(kRunIds / 2, kRunIds, Position(kRunIds), kStart + absl::Seconds(1));
    Reopen();
  }
}

TEST_F(IdIndexTest, ReadsTheRecentOnesWhenItIsOpened) {
  Add(0, 1000, kStart);
  Reopen();
  ExpectFound(0, 1000, Position(), kStart);
  Add(1000, kRunIds - 1000, kStart + absl::Seconds(1));
  const Position filed = newest_.last;
  WaitUntilFiled(filed);
  Add(2 * kRunIds, 3000, kStart + absl::Seconds(2));
  for (int turn = 0; turn < 2; ++turn) {
    Reopen();
    EXPECT_EQ(Filed(), filed);
    ExpectFound(0, 1000, Position(), kStart);
    ExpectFound(1000, kRunIds - 1000, Position(1000), kStart + absl::Seconds(1));
    ExpectFound(2 * kRunIds, 3000, filed, kStart + absl::Seconds(2));
  }
}

TEST_F(IdIndexTest, LosesNothingIfItIsClosedWhileAFileIsMade) {
  for (uint64_t run = 0; run < 3; ++run) {
    Add(run * kRunIds, kRunIds, kStart);
    Reopen();
    ExpectFound(0, (run + 1) * kRunIds, Position(), kStart);
  }
  const Position before = newest_.last;
  Add(3 * kRunIds, kRunIds, kStart);  // What was left over becomes a file now.
  WaitUntilFiled(before);
  ExpectFound(0, 4 * kRunIds, Position(), kStart);
}

TEST_F(IdIndexTest, DropsGenerationsThatHaveLeftTheLog) {
  options_.max_bytes = 4 * kRunBytes;
  Reopen();
  for (uint64_t run = 0; run < 3; ++run) AddRun(run * kRunIds, kStart);
  EXPECT_EQ(Generations(), (std::vector<uint32_t>{0, 1, 2}));
  removed_ = Position(2 * kRunIds - 1);  // All of the first, not all of the second.
  AddRun(3 * kRunIds, kStart);
  EXPECT_EQ(Generations(), (std::vector<uint32_t>{1, 2, 3}));
  ExpectFound(kRunIds, 3 * kRunIds, Position(kRunIds), kStart);
  Reopen();
  for (uint64_t n = 0; n < kRunIds; n += kStep) ASSERT_FALSE(Has(n)) << n;
  ExpectFound(kRunIds, 3 * kRunIds, Position(kRunIds), kStart);
  removed_ = newest_.last;
  AddRun(4 * kRunIds, kStart);
  EXPECT_EQ(Generations(), (std::vector<uint32_t>{4}));
  ExpectFound(4 * kRunIds, kRunIds, removed_, kStart);
  Reopen();
  for (uint64_t n = 0; n < 4 * kRunIds; n += kStep) ASSERT_FALSE(Has(n)) << n;
  ExpectFound(4 * kRunIds, kRunIds, removed_, kStart);
}

TEST_F(IdIndexTest, BeginsAGenerationByAgeAndPassesOverOnlyWhatIsOlderThanAsked) {
  options_.max_age = absl::Hours(4);
  Reopen();
  for (uint64_t run = 0; run < 3; ++run) {
    Add(run * kRunIds, kRunIds / 7, kStart + absl::Hours(run));
    Add(run * kRunIds + kRunIds / 7, kRunIds / 7 * 6, kStart + absl::Hours(run) + absl::Minutes(30));
    WaitUntilFiled(newest_.last);
  }
  EXPECT_EQ(Generations(), (std::vector<uint32_t>{0, 1, 2}));
  for (uint64_t run = 0; run < 3; ++run) {
    const absl::Time first = kStart + absl::Hours(run);
    const absl::Time rest = first + absl::Minutes(30);
    const uint64_t in_first = kRunIds / 7;
    ExpectFound(run * kRunIds, in_first, Position(run * kRunIds), first, first);
    ExpectFound(run * kRunIds + in_first, 6 * in_first, Position(run * kRunIds + in_first), rest, rest);
  }
}

TEST_F(IdIndexTest, PassesOverNothingOfTheLogTimeThatIsAsked) {
  options_.max_bytes = 4 * kRunBytes;
  Reopen();
  for (uint64_t run = 0; run < 3; ++run) AddRun(run * kRunIds, kStart);  // A generation each, of one log time.
  EXPECT_EQ(Generations(), (std::vector<uint32_t>{0, 1, 2}));
  Reopen();
  ExpectFound(0, 3 * kRunIds, Position(), kStart, /*not_before=*/kStart);
}

TEST_F(IdIndexTest, MakesAFileOfOnlyThoseThatAreStillInTheLog) {
  Add(0, kRunIds - 1, kStart);
  removed_ = Position(1000);
  Add(kRunIds - 1, 1, kStart);
  WaitUntilFiled(newest_.last);
  Reopen();
  for (uint64_t n = 0; n < 1000; ++n) ASSERT_FALSE(Has(n)) << n;
  ExpectFound(1000, kRunIds - 1000, Position(1000), kStart);

  const Position before = newest_.last;
  Add(kRunIds, kRunIds - 1, kStart);
  removed_ = Position(before.value() + kRunIds);  // All of a run.
  Add(2 * kRunIds - 1, 1, kStart);
  WaitUntilFiled(newest_.last);
  Reopen();
  for (uint64_t n = kRunIds; n < 2 * kRunIds; n += kStep) ASSERT_FALSE(Has(n)) << n;
}

TEST_F(IdIndexTest, SaysWhatIsDamagedWhenItIsOpened) {
  Add(0, 10, kStart);
  const Position position = newest_.last;
  const std::string record = *database_->Get(Family::kRecentIds, EncodePositionKey(position)).value();
  index_.reset();
  const auto put = [&](Family family, absl::string_view key, absl::string_view value) {
    RocksdbDatabase::Batch batch(*database_, 1000);
    batch.Put(family, key, value);
    ASSERT_TRUE(database_->Write(std::move(batch)).ok());
  };
  const auto open = [&] { return IdIndex::Open(*database_, options_).status(); };
  for (size_t size = 0; size < record.size(); ++size) {
    put(Family::kRecentIds, EncodePositionKey(position), record.substr(0, size));
    // A record ends after any of its ids.
    const bool is_whole = size >= 16 && (size - 16) % (1 + EventId::kSize) == 0;
    EXPECT_EQ(absl::IsDataLoss(open()), !is_whole) << size << ", " << open();
  }
  put(Family::kRecentIds, EncodePositionKey(position), record);
  EXPECT_TRUE(open().ok());
  put(Family::kMeta, "filed", "short");
  EXPECT_TRUE(absl::IsDataLoss(open())) << open();
  put(Family::kMeta, "filed", EncodeGroup(GroupRecord()));
  put(Family::kMeta, "generations", "short");
  EXPECT_TRUE(absl::IsDataLoss(open())) << open();
}

TEST_F(IdIndexTest, PutsNothingForAChunkWithoutEntries) {
  Chunk chunk;
  chunk.previous = Position(1);
  chunk.last = Position(2);
  RocksdbDatabase::Batch batch(*database_, 100);
  IdIndex::Put(chunk, {}, &batch);
  ASSERT_TRUE(database_->Write(std::move(batch)).ok());
  index_->Added(chunk, {}, newest_, removed_);
  {
    RocksdbDatabase::Walk at = database_->Begin(Family::kRecentIds, /*fill_cache=*/false);
    at.ToFirst();
    EXPECT_FALSE(at.Stands());
  }
  Add(0, 10, kStart);
  Reopen();
  ExpectFound(0, 10, Position(), kStart);
}

}  // namespace
}  // namespace ampstream
