#include "server/hub/tail.h"

#include <gtest/gtest.h>

#include "server/log/chunk_builder.h"
#include "tests/testing/events.h"

namespace ampstream {
namespace {

SharedKeyedChunk MakeChunk(uint64_t previous, uint64_t position, uint64_t last) {
  ChunkBuilder builder(Epoch(1), Position(previous));
  builder.Add(Position(position), MakeEvent(EventSpec()).encoded);
  return std::make_shared<const KeyedChunk>(std::move(builder).Build(Position(last), absl::UnixEpoch()));
}

std::vector<SharedKeyedChunk> After(const Tail& tail, uint64_t position, size_t max_chunks = 100) {
  std::vector<SharedKeyedChunk> chunks;
  tail.After(Position(position), max_chunks, &chunks);
  return chunks;
}

TEST(TailTest, StandsWhereItBeganWhileItIsEmpty) {
  const Tail tail(Position(7), 1000);
  EXPECT_EQ(tail.begin(), Position(7));
  EXPECT_EQ(tail.end(), Position(7));
  EXPECT_TRUE(After(tail, 7).empty());
}

TEST(TailTest, GivesTheChunksThatHoldSomethingAfterAPosition) {
  Tail tail(Position(0), 1 << 20);
  tail.Append(MakeChunk(0, 5, 6));
  tail.Append(MakeChunk(6, 10, 10));
  tail.Append(MakeChunk(10, 30, 31));
  EXPECT_EQ(tail.end(), Position(31));
  EXPECT_EQ(After(tail, 0).size(), 3u);
  EXPECT_EQ(After(tail, 5).size(), 3u) << "the first may hold something after 5";
  EXPECT_EQ(After(tail, 6).size(), 2u);
  EXPECT_EQ(After(tail, 12).size(), 1u);
  EXPECT_EQ(After(tail, 31).size(), 0u);
  EXPECT_EQ(After(tail, 0, 2).size(), 2u);
}

TEST(TailTest, RemovesTheOldestBeyondItsSizeButNeverTheNewest) {
  Tail tail(Position(0), 1);
  tail.Append(MakeChunk(0, 1, 1));
  tail.Append(MakeChunk(1, 2, 2));
  EXPECT_EQ(tail.begin(), Position(1));
  EXPECT_EQ(tail.end(), Position(2));
  EXPECT_EQ(After(tail, 1).size(), 1u);
}

TEST(TailTest, TakesOlderChunksBeforeTheNewestAsFarAsThereIsRoom) {
  const std::vector<SharedKeyedChunk> older = {MakeChunk(0, 1, 1), MakeChunk(1, 2, 2), MakeChunk(2, 3, 4)};
  Tail all(Position(4), 1 << 20);
  all.Append(MakeChunk(4, 5, 5));
  all.Prepend(older);
  EXPECT_EQ(all.begin(), Position(0));
  EXPECT_EQ(After(all, 0).size(), 4u);
  Tail some(Position(4), 500);  // Two of them.
  some.Append(MakeChunk(4, 5, 5));
  some.Prepend(older);
  EXPECT_EQ(some.begin(), Position(2));
  EXPECT_EQ(After(some, 2).size(), 2u);
  some.Append(MakeChunk(5, 6, 6));
  EXPECT_EQ(After(some, 4).size(), 2u);
}

TEST(TailTest, TakesNoOlderChunkThatDoesNotReachIt) {
  Tail tail(Position(10), 1 << 20);
  tail.Prepend({MakeChunk(0, 1, 1), MakeChunk(1, 2, 9)});
  EXPECT_EQ(tail.begin(), Position(10));
}

TEST(TailTest, StartsAnewWhereAChunkDoesNotFollowOnTheLast) {
  Tail tail(Position(0), 1 << 20);
  tail.Append(MakeChunk(0, 1, 1));
  tail.Append(MakeChunk(5, 6, 6));
  EXPECT_EQ(tail.begin(), Position(5));
  EXPECT_EQ(After(tail, 5).size(), 1u);
}

}  // namespace
}  // namespace ampstream
