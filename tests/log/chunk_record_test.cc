#include "server/log/chunk_record.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/event/cursor.h"
#include "server/event/position.h"
#include "server/log/chunk.h"
#include "server/log/chunk_builder.h"
#include "server/log/coding.h"

namespace ampstream {
namespace {

constexpr Epoch kEpoch(0x0123456789abcdef);
constexpr Epoch kOtherEpoch(0xfedcba9876543210);
constexpr absl::Time kLogTime = absl::FromUnixSeconds(1767323045);
constexpr uint64_t kMaxPosition = std::numeric_limits<uint64_t>::max();

// An event's frame is a tag, a length, and the event with its cursor: two bytes, and its text.
constexpr size_t kCursorFieldSize = 2 + Cursor::kEncodedSize;

std::string RecordOf(const Chunk& chunk, Epoch epoch) { return EncodeChunkHeader(chunk, epoch) + chunk.bytes; }

SharedChunk MakeChunk(Position previous, const std::vector<std::pair<uint64_t, std::string>>& events, Position last,
                      absl::Time log_time = kLogTime) {
  ChunkBuilder builder(kEpoch, previous);
  for (const auto& [position, encoded] : events) builder.Add(Position(position), encoded);
  return std::move(builder).Build(last, log_time);
}

SharedChunk MakeThree() {
  return MakeChunk(Position(0x20007), {{0x30000, "first"}, {0x30001, std::string(200, 'x')}, {0x40000, ""}},
                   Position(0x40000));
}

void ExpectEqual(const Chunk& decoded, const Chunk& chunk) {
  EXPECT_EQ(decoded.previous, chunk.previous);
  EXPECT_EQ(decoded.last, chunk.last);
  EXPECT_EQ(decoded.log_time, chunk.log_time);
  EXPECT_EQ(decoded.bytes, chunk.bytes);
  ASSERT_EQ(decoded.entries.size(), chunk.entries.size());
  for (size_t i = 0; i < chunk.entries.size(); ++i) {
    EXPECT_EQ(decoded.entries[i].position, chunk.entries[i].position) << i;
    EXPECT_EQ(decoded.entries[i].offset, chunk.entries[i].offset) << i;
    EXPECT_EQ(decoded.entries[i].size, chunk.entries[i].size) << i;
    EXPECT_EQ(decoded.entries[i].header_size, chunk.entries[i].header_size) << i;
  }
}

void ExpectComesBack(const Chunk& chunk) {
  const absl::StatusOr<SharedChunk> decoded = DecodeChunk(RecordOf(chunk, kEpoch), chunk.last, kEpoch);
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  ExpectEqual(**decoded, chunk);
}

// What whoever is handed a chunk relies on.
void ExpectSound(const Chunk& chunk) {
  Position before = chunk.previous;
  size_t offset = 0;
  for (const Entry& entry : chunk.entries) {
    ASSERT_GT(entry.position, before);
    ASSERT_EQ(entry.offset, offset);
    ASSERT_LT(entry.header_size + Cursor::kEncodedSize, entry.size);
    ASSERT_LE(offset + entry.size, chunk.bytes.size());
    before = entry.position;
    offset += entry.size;
  }
  EXPECT_EQ(offset, chunk.bytes.size());
  EXPECT_LE(before, chunk.last);
}

void ExpectRefused(absl::string_view record, Position last) {
  for (const Epoch epoch : {kEpoch, kOtherEpoch}) {
    const absl::Status status = DecodeChunk(record, last, epoch).status();
    EXPECT_TRUE(absl::IsDataLoss(status)) << status << ", " << record.size() << " bytes";
  }
}

// A header by hand, to say what EncodeChunkHeader never would.
std::string Header(Position previous, const std::vector<std::pair<uint64_t, uint64_t>>& steps_and_sizes) {
  std::string header;
  PutFixed64(previous.value(), &header);
  PutTime(kLogTime, &header);
  PutFixed64(kEpoch.value(), &header);
  PutVarint(steps_and_sizes.size(), &header);
  for (const auto& [step, size] : steps_and_sizes) {
    PutVarint(step, &header);
    PutVarint(size, &header);
  }
  return header;
}

TEST(ChunkRecordTest, ComesBackWithEntriesOfEverySizeAroundTheLimitsOfItsLengths) {
  for (const size_t limit : {size_t{0x7f}, size_t{0x3fff}, size_t{0x1fffff}}) {
    for (size_t off = 0; off < 9; ++off) {
      const size_t size = limit + 4 - off;  // Of the event with its cursor, as its frame has it.
      SCOPED_TRACE(size);
      const std::string event(size - kCursorFieldSize, 'x');
      const SharedChunk chunk =
          MakeChunk(Position(1), {{2, event}, {3, event + "y"}, {4, "a"}, {5, event}}, Position(5));
      ASSERT_NO_FATAL_FAILURE(ExpectComesBack(*chunk));
      EXPECT_EQ(chunk->Event(chunk->entries[0]).substr(0, event.size()), event);
    }
  }
}

TEST(ChunkRecordTest, ComesBackWithTheShortestEvents) {
  for (size_t size = 0; size < 300; ++size) {
    SCOPED_TRACE(size);
    ASSERT_NO_FATAL_FAILURE(ExpectComesBack(*MakeChunk(Position(), {{1, std::string(size, 'x')}}, Position(1))));
  }
}

TEST(ChunkRecordTest, ComesBackWithGapsBetweenPositions) {
  for (const uint64_t gap : {1u, 2u, 127u, 128u, 129u, 16383u, 16384u, 65536u}) {
    SCOPED_TRACE(gap);
    ExpectComesBack(*MakeChunk(Position(5), {{5 + gap, "a"}, {5 + 2 * gap, "b"}}, Position(5 + 3 * gap)));
  }
  ExpectComesBack(*MakeChunk(Position(), {{1, "a"}, {kMaxPosition, "b"}}, Position(kMaxPosition)));
  ExpectComesBack(*MakeChunk(Position(kMaxPosition - 1), {{kMaxPosition, "a"}}, Position(kMaxPosition)));
}

TEST(ChunkRecordTest, ComesBackWithNoEntry) { ExpectComesBack(*MakeChunk(Position(7), {}, Position(9))); }

TEST(ChunkRecordTest, ComesBackWithEveryLogTime) {
  for (const absl::Time time : {absl::InfinitePast(), absl::UnixEpoch(), kLogTime + absl::Nanoseconds(1),
                                absl::FromUnixNanos(-1), absl::InfiniteFuture()}) {
    ExpectComesBack(*MakeChunk(Position(), {{1, "a"}}, Position(1), time));
  }
}

TEST(ChunkRecordTest, ComesBackWithManyEntries) {
  std::vector<std::pair<uint64_t, std::string>> events;
  for (uint64_t i = 0; i < 65535; ++i) events.emplace_back(0x10000 + i, i % 3 == 0 ? "abc" : "");
  ExpectComesBack(*MakeChunk(Position(), events, Position(0x1ffff)));
}

TEST(ChunkRecordTest, EndsWithTheBytesAsTheyAreSent) {
  const SharedChunk chunk = MakeThree();
  EXPECT_TRUE(absl::EndsWith(RecordOf(*chunk, kEpoch), chunk->bytes));
  EXPECT_LT(EncodeChunkHeader(*chunk, kEpoch).size(), 40u);
}

TEST(ChunkRecordTest, GivesTheCursorsOfAnotherEpochAndChangesNothingElse) {
  const SharedChunk chunk = MakeThree();
  const absl::StatusOr<SharedChunk> decoded = DecodeChunk(RecordOf(*chunk, kEpoch), chunk->last, kOtherEpoch);
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  std::string expected = chunk->bytes;
  for (const Entry& entry : chunk->entries) {
    const std::string cursor = Cursor{kOtherEpoch, entry.position}.Encode();
    expected.replace(entry.offset + entry.size - cursor.size(), cursor.size(), cursor);
    const absl::string_view event = (*decoded)->Event(entry);
    const absl::StatusOr<Position> position =
        Cursor::ParseOf(kOtherEpoch, event.substr(event.size() - Cursor::kEncodedSize));
    ASSERT_TRUE(position.ok()) << position.status();
    EXPECT_EQ(*position, entry.position);
  }
  EXPECT_NE(expected, chunk->bytes);
  Chunk of_other_epoch = *chunk;
  of_other_epoch.bytes = expected;
  ExpectEqual(**decoded, of_other_epoch);
}

TEST(ChunkRecordTest, RefusesWhatIsCutShortOrTooLong) {
  for (const SharedChunk& chunk : {MakeThree(), MakeChunk(Position(7), {}, Position(9)),
                                   MakeChunk(Position(7), {{9, std::string(20000, 'x')}}, Position(9))}) {
    const std::string record = RecordOf(*chunk, kEpoch);
    for (size_t size = 0; size < record.size(); ++size) ExpectRefused(record.substr(0, size), chunk->last);
    ExpectRefused(record + '\0', chunk->last);
    ExpectRefused(record + record, chunk->last);
  }
}

TEST(ChunkRecordTest, RefusesAPlaceThatIsNotItsOwn) {
  const SharedChunk chunk = MakeThree();
  const std::string record = RecordOf(*chunk, kEpoch);
  ExpectRefused(record, Position(chunk->last.value() - 1));
  ExpectRefused(record, chunk->previous);
  ExpectRefused(record, Position());
  const SharedChunk empty = MakeChunk(Position(7), {}, Position(9));
  ExpectRefused(RecordOf(*empty, kEpoch), Position(7));
}

TEST(ChunkRecordTest, RefusesEntriesThatCannotBe) {
  const std::string bytes(100, 'x');
  const Position last(20);
  EXPECT_TRUE(DecodeChunk(Header(Position(10), {{5, 40}, {5, 60}}) + bytes, last, kOtherEpoch).ok());
  ExpectRefused(Header(Position(10), {{0, 40}, {5, 60}}) + bytes, last);   // Two at one position,
  ExpectRefused(Header(Position(10), {{5, 40}, {6, 60}}) + bytes, last);   // one beyond the last,
  ExpectRefused(Header(Position(10), {{5, 40}, {5, 61}}) + bytes, last);   // too large,
  ExpectRefused(Header(Position(10), {{5, 40}, {5, 59}}) + bytes, last);   // too small,
  ExpectRefused(Header(Position(10), {{5, 80}, {5, 20}}) + bytes, last);   // without room for its cursor,
  ExpectRefused(Header(Position(10), {{5, 100}, {5, 0}}) + bytes, last);   // of no size,
  ExpectRefused(Header(Position(10), {{5, kMaxPosition}}) + bytes, last);  // of a size that does not fit,
  ExpectRefused(Header(Position(10), {{5, (1ull << 32) + 100}}) + bytes, last);
  ExpectRefused(Header(Position(10), {}) + bytes, last);  // none at all,
  std::string too_many = Header(Position(10), {});
  too_many.pop_back();
  PutVarint(kMaxPosition, &too_many);
  ExpectRefused(too_many + bytes, last);  // and more than there can be.
}

TEST(ChunkRecordTest, RefusesPositionsThatDoNotRise) {
  const std::string bytes(100, 'x');
  // 10 and 2^64 - 5 more is 5: before the chunk.
  ExpectRefused(Header(Position(10), {{kMaxPosition - 4, 40}, {15, 60}}) + bytes, Position(20));
  ExpectRefused(Header(Position(10), {{5, 40}, {kMaxPosition - 4, 60}}) + bytes, Position(20));
}

TEST(ChunkRecordTest, RefusesSizesWhoseSumDoesNotFit) {
  // 4097 entries of 1 MiB: their sum, less 2^32, is what there is.
  constexpr size_t kSize = 1 << 20;
  const std::vector<std::pair<uint64_t, uint64_t>> entries(4097, {1, kSize});
  const std::string record = Header(Position(10), entries) + std::string(kSize, 'x');
  ExpectRefused(record, Position(10 + entries.size()));
}

TEST(ChunkRecordTest, NeverCrashesOnDamageAndGivesOnlyWhatIsSound) {
  constexpr unsigned kSeed = 15;
  std::mt19937 random(kSeed);
  const SharedChunk chunk = MakeThree();
  const std::string whole = RecordOf(*chunk, kEpoch);
  const size_t header = whole.size() - chunk->bytes.size();
  int refused = 0;
  for (int turn = 0; turn < 50000; ++turn) {
    SCOPED_TRACE(absl::StrCat("seed ", kSeed, ", turn ", turn));
    std::string record = whole;
    // Where it does most: behind the epoch, in the numbers of the entries.
    for (unsigned changes = 1 + random() % 4; changes > 0; --changes)
      record[24 + random() % (header - 24)] = static_cast<char>(random());
    if (turn % 4 == 0) record[random() % record.size()] = static_cast<char>(random());
    if (turn % 8 == 0) record.resize(random() % record.size());
    const absl::StatusOr<SharedChunk> decoded = DecodeChunk(record, chunk->last, turn % 2 == 0 ? kEpoch : kOtherEpoch);
    if (decoded.ok()) {
      ASSERT_NO_FATAL_FAILURE(ExpectSound(**decoded));
    } else {
      EXPECT_TRUE(absl::IsDataLoss(decoded.status())) << decoded.status();
      ++refused;
    }
  }
  EXPECT_GT(refused, 10000);
}

TEST(ChunkRecordTest, NeverCrashesOnRandomBytes) {
  constexpr unsigned kSeed = 16;
  std::mt19937 random(kSeed);
  for (int turn = 0; turn < 20000; ++turn) {
    SCOPED_TRACE(absl::StrCat("seed ", kSeed, ", turn ", turn));
    std::string record(random() % 200, '\0');
    for (char& byte : record) byte = static_cast<char>(random());
    const absl::StatusOr<SharedChunk> decoded = DecodeChunk(record, Position(kMaxPosition), kEpoch);
    if (decoded.ok()) {
      ASSERT_NO_FATAL_FAILURE(ExpectSound(**decoded));
    }
  }
}

}  // namespace
}  // namespace ampstream
