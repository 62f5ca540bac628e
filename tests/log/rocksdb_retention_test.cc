// What the store on disk removes, when, and that nothing of it comes back.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <random>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "server/event/event_id.h"
#include "server/event/position.h"
#include "server/log/store.h"
#include "tests/log/rocksdb_store_fixture.h"
#include "tests/log/test_chunks.h"

namespace ampstream {
namespace {

namespace fs = std::filesystem;

class RocksdbRetentionTest : public RocksdbStoreFixture {
 protected:
  // The sizes of all files in the folder, which may go while they are counted.
  int64_t BytesOnDisk() const {
    int64_t bytes = 0;
    for (const fs::directory_entry& file : fs::directory_iterator(options_.data_dir)) {
      std::error_code gone;
      const std::uintmax_t size = file.file_size(gone);
      if (!gone) bytes += static_cast<int64_t>(size);
    }
    return bytes;
  }

  // A chunk of one event of so many bytes in no order, which no compression makes smaller.
  void AddBytes(size_t bytes, absl::Time log_time) {
    std::string encoded(bytes, '\0');
    for (char& byte : encoded) byte = static_cast<char>(random_());
    Add({{EventId::Random(), kStart, encoded}}, log_time);
  }

  std::mt19937 random_{17};
};

TEST_F(RocksdbRetentionTest, KeepsWhatIsWithinItsSizeAndAge) {
  ExpectHolds(0);
  for (int i = 0; i < 20; ++i) {
    EXPECT_FALSE(Add(NextEvents(3), kStart + absl::Seconds(i)).oldest.has_value());
    ExpectHolds(0);
  }
  EXPECT_FALSE(Trim(kStart + absl::Hours(167)).oldest.has_value());
  Reopen();
  ExpectHolds(0);
}

TEST_F(RocksdbRetentionTest, RemovesTheOldestChunksBeyondItsSize) {
  options_.max_bytes = 3000;
  Reopen();
  for (int i = 0; i < 60; ++i) {
    const size_t before = added_.empty() ? 0 : FirstWithin(options_.max_bytes);
    const Store::Removed removed = Add(NextEvents(1 + i % 4), kStart + absl::Seconds(i));
    const size_t first = FirstWithin(options_.max_bytes);
    EXPECT_EQ(removed.oldest, first > before ? absl::make_optional(Before(first)) : absl::nullopt);
    EXPECT_FALSE(removed.more);
    EXPECT_LE(store_->Info().bytes, options_.max_bytes);
    ExpectHolds(first);
    if (i % 7 == 6) {
      Reopen();
      ExpectHolds(first);
    }
  }
  EXPECT_GT(FirstWithin(options_.max_bytes), 40u);
}

TEST_F(RocksdbRetentionTest, KeepsExactlyItsSize) {
  Add(NextEvents(1), kStart);
  options_.max_bytes = 2 * store_->Info().bytes;
  Reopen();
  Add(NextEvents(1), kStart);
  ExpectHolds(0);
  Add(NextEvents(1), kStart);
  ExpectHolds(1);
}

TEST_F(RocksdbRetentionTest, NeverRemovesTheNewestChunkForItsSize) {
  options_.max_bytes = 100;
  Reopen();
  for (int i = 0; i < 3; ++i) {
    Add(NextEvents({kStart}, /*padding=*/1000), kStart);
    ExpectHolds(static_cast<size_t>(i));
    EXPECT_FALSE(Trim(kStart).oldest.has_value());
    Reopen();
    EXPECT_FALSE(Trim(kStart).oldest.has_value());
    ExpectHolds(static_cast<size_t>(i));
  }
}

TEST_F(RocksdbRetentionTest, RemovesWhatIsOlderThanItsAgeByLogTime) {
  options_.max_age = absl::Minutes(10);
  Reopen();
  // Receive times say nothing of it.
  for (int i = 0; i < 10; ++i)
    Add(NextEvents({kStart - absl::Hours(i), kStart + absl::Hours(i)}), kStart + absl::Minutes(i));
  ExpectHolds(0);
  EXPECT_FALSE(Trim(kStart + absl::Minutes(10) - absl::Nanoseconds(1)).oldest.has_value());
  ExpectHolds(0);
  EXPECT_EQ(Trim(kStart + absl::Minutes(10)).oldest, Before(1));
  ExpectHolds(1);
  Add(NextEvents(1), kStart + absl::Minutes(14));
  ExpectHolds(5);
  Reopen();
  ExpectHolds(5);
  Add(NextEvents(1), kStart + absl::Hours(100));  // All but the one that is added.
  ExpectHolds(11);
  Reopen();
  ExpectHolds(11);
}

TEST_F(RocksdbRetentionTest, RemovesChunksOfOneLogTimeTogether) {
  options_.max_age = absl::Minutes(10);
  Reopen();
  for (int i = 0; i < 6; ++i) Add(NextEvents(2), kStart + absl::Minutes(i / 3));
  Trim(kStart + absl::Minutes(10));
  ExpectHolds(3);
}

TEST_F(RocksdbRetentionTest, TrimRemovesTheNewestTooAndPositionsGoOnFromIt) {
  options_.max_age = absl::Minutes(10);
  Reopen();
  for (int i = 0; i < 5; ++i) Add(NextEvents(2), kStart);
  const Store::Removed removed = Trim(kStart + absl::Hours(1));
  EXPECT_EQ(removed.oldest, newest());
  EXPECT_FALSE(removed.more);
  for (int turn = 0; turn < 3; ++turn) {
    ExpectHolds(5);
    EXPECT_FALSE(Trim(kStart + absl::Hours(2)).oldest.has_value());
    Reopen();
  }
  // The id of one that was removed is taken again.
  TestEvent again = NextEvents(1)[0];
  again.id = EventId::Of({"e0"});
  Add({again}, kStart + absl::Hours(1));
  for (int turn = 0; turn < 2; ++turn) {
    EXPECT_EQ(store_->PositionsOf({again.id}, absl::InfinitePast())->front(), newest());
    EXPECT_EQ(store_->Info().events, 1);
    EXPECT_EQ(store_->Info().oldest_time, kStart);
    EXPECT_EQ(ReadAll(Before(5))->size(), 1u);
    Reopen();
  }
}

TEST_F(RocksdbRetentionTest, RemovesByAgeInStepsAndSaysThatThereIsMore) {
  options_.max_age = absl::Minutes(10);
  Reopen();
  constexpr int kChunks = 2500;
  for (int i = 0; i < kChunks; ++i) Add(NextEvents(1), kStart);
  int steps = 0;
  Position oldest;
  for (bool more = true; more; ++steps) {
    const Store::Removed removed = Trim(kStart + absl::Hours(1));
    ASSERT_TRUE(removed.oldest.has_value());
    EXPECT_GT(*removed.oldest, oldest);
    oldest = *removed.oldest;
    more = removed.more;
    EXPECT_EQ(more, oldest < newest());
    EXPECT_EQ(store_->Info().oldest, oldest);
    EXPECT_EQ(store_->Info().events, static_cast<int64_t>(PositionsAfter(oldest).size()));
    if (steps == 0) Reopen();  // It goes on where it was.
    EXPECT_EQ(store_->Info().oldest, oldest);
  }
  EXPECT_GT(steps, 1);
  ExpectHolds(kChunks);
}

TEST_F(RocksdbRetentionTest, RemovesBySizeInStepsWhenItBecameSmaller) {
  constexpr int kChunks = 1500;
  for (int i = 0; i < kChunks; ++i) Add(NextEvents(1), kStart);
  options_.max_bytes = 2000;
  Reopen();
  ExpectHolds(0);
  const Store::Removed first_step = Add(NextEvents(1), kStart);
  EXPECT_TRUE(first_step.oldest.has_value() && first_step.more);
  EXPECT_GT(store_->Info().bytes, options_.max_bytes);
  const Store::Removed second_step = Trim(kStart);
  EXPECT_TRUE(second_step.oldest.has_value() && !second_step.more);
  ExpectHolds(FirstWithin(options_.max_bytes));
  Reopen();
  ExpectHolds(FirstWithin(options_.max_bytes));
}

TEST_F(RocksdbRetentionTest, NothingComesBackWhenItsLimitsGrow) {
  options_.max_bytes = 1000;
  Reopen();
  for (int i = 0; i < 30; ++i) Add(NextEvents(2), kStart);
  const size_t first = FirstWithin(1000);
  EXPECT_GT(first, 0u);
  options_.max_bytes = 1 << 30;
  Reopen();
  ExpectHolds(first);
  for (int i = 0; i < 10; ++i) Add(NextEvents(2), kStart);
  ExpectHolds(first);
}

TEST_F(RocksdbRetentionTest, RemovesAnywayUnderRandomAddsTrimsAndReopenings) {
  constexpr unsigned kSeed = 18;
  SCOPED_TRACE(absl::StrCat("seed ", kSeed));
  std::mt19937 random(kSeed);
  options_.max_bytes = 4000;
  options_.max_age = absl::Seconds(300);
  Reopen();
  absl::Time now = kStart;
  size_t first = 0;
  for (int turn = 0; turn < 300; ++turn) {
    now += absl::Seconds(random() % 60);
    const bool adds = random() % 4 != 0;
    if (adds) Add(NextEvents(1 + random() % 5), now);
    if (!adds) Trim(now);
    if (!added_.empty()) first = std::max(first, FirstWithin(options_.max_bytes));
    const size_t removable = adds ? added_.size() - 1 : added_.size();
    while (first < removable && added_[first].chunk->log_time + options_.max_age <= now) ++first;
    ASSERT_NO_FATAL_FAILURE(ExpectHolds(first));
    if (random() % 10 == 0) Reopen();
  }
  EXPECT_GT(first, 150u);
}

// What was removed stands in the write-ahead log and in the newest files for a while, so far more is written than they
// ever hold.
TEST_F(RocksdbRetentionTest, DeletesTheFilesOfWhatItRemoved) {
  constexpr int kChunks = 640;
  constexpr int64_t kMostBytes = 400 << 20;
  options_.max_bytes = 8 << 20;
  Reopen();
  for (int i = 0; i < kChunks; ++i) {
    AddBytes(1 << 20, kStart);
    added_.erase(added_.begin(), added_.end() - 1);  // Its bytes need not be kept here too.
  }
  const absl::Time deadline = absl::Now() + absl::Minutes(1);
  while (BytesOnDisk() > kMostBytes) {
    ASSERT_LT(absl::Now(), deadline) << BytesOnDisk();
    std::this_thread::yield();
  }
}

}  // namespace
}  // namespace ampstream
