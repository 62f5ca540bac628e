#include "server/event/cursor.h"

#include <array>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/event/error.h"
#include "server/event/position.h"
#include "tests/event/random_seed.h"

namespace ampstream {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr Epoch kEpoch(0x6f1c0000000000aa);

constexpr absl::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::string Text(uint64_t position) { return Cursor{kEpoch, Position(position)}.Encode(); }

void ExpectRefused(const std::string& text) {
  const absl::StatusOr<Cursor> cursor = Cursor::Parse(text);
  ASSERT_FALSE(cursor.ok()) << text;
  EXPECT_EQ(cursor.status().code(), absl::StatusCode::kInvalidArgument) << text;
  EXPECT_EQ(ReasonOf(cursor.status()), v1::ERROR_REASON_INVALID_CURSOR) << text;
}

void ExpectRoundTrip(Epoch epoch, Position position) {
  const std::string text = Cursor{epoch, position}.Encode();
  const absl::StatusOr<Cursor> cursor = Cursor::Parse(text);
  ASSERT_TRUE(cursor.ok()) << text << ": " << cursor.status();
  EXPECT_EQ(cursor->epoch, epoch);
  EXPECT_EQ(cursor->position, position);
}

TEST(EpochTest, IsSixteenHexDigitsAsText) {
  EXPECT_EQ(Epoch(0).ToString(), "0000000000000000");
  EXPECT_EQ(Epoch(0xab).ToString(), "00000000000000ab");
  EXPECT_EQ(Epoch(std::numeric_limits<uint64_t>::max()).ToString(), "ffffffffffffffff");
}

TEST(EpochTest, RandomOnesDiffer) { EXPECT_NE(Epoch::Random(), Epoch::Random()); }

TEST(CursorTest, ComesBackFromItsText) {
  constexpr uint64_t kLargest = std::numeric_limits<uint64_t>::max();
  for (uint64_t epoch : {uint64_t{0}, uint64_t{1}, kLargest}) {
    for (uint64_t position : {uint64_t{0}, uint64_t{1}, uint64_t{1} << 16, uint64_t{1} << 63, kLargest}) {
      ExpectRoundTrip(Epoch(epoch), Position(position));
    }
  }
}

TEST(CursorTest, ComesBackFromItsTextAtRandomPositions) {
  const uint64_t seed = RandomSeed();
  SCOPED_TRACE(absl::StrCat("AMPSTREAM_SEED=", seed));
  std::mt19937_64 random(seed);
  for (int i = 0; i < 10000; ++i) {
    const uint64_t epoch = random();
    ExpectRoundTrip(Epoch(epoch), Position(random() >> random() % 64));
  }
}

TEST(CursorTest, IsShortAndSafeInUrlsShellsAndHeaders) {
  const uint64_t seed = RandomSeed();
  SCOPED_TRACE(absl::StrCat("AMPSTREAM_SEED=", seed));
  std::mt19937_64 random(seed);
  for (int i = 0; i < 1000; ++i) {
    const std::string text = Cursor{Epoch(random()), Position(random())}.Encode();
    EXPECT_EQ(text.size(), Cursor::kEncodedSize);
    EXPECT_LE(text.size(), 32u);
    EXPECT_TRUE(absl::ascii_isalpha(static_cast<unsigned char>(text[0]))) << text;
    EXPECT_EQ(text.find_first_not_of(kAlphabet.data(), 0, kAlphabet.size()), std::string::npos) << text;
  }
}

// Cursors are kept by clients: what was given out once must stay readable.
TEST(CursorTest, TextOfVersionAStaysAsItIs) { EXPECT_EQ(Text(0x0123456789abcdef), "abxwAAAAAAKoBI0VniavN789ymLU"); }

TEST(CursorTest, EncodesInPlaceWithinItsSize) {
  std::array<char, Cursor::kEncodedSize + 2> buffer;
  buffer.fill('!');
  Cursor{kEpoch, Position(7)}.EncodeTo(&buffer[1]);
  EXPECT_EQ(absl::string_view(buffer.data(), buffer.size()), absl::StrCat("!", Text(7), "!"));
}

TEST(CursorTest, RefusesEverySingleChangedCharacter) {
  const std::string text = Text(0x10002);
  for (size_t at = 0; at < text.size(); ++at) {
    for (int c = 0; c < 256; ++c) {
      std::string changed = text;
      changed[at] = static_cast<char>(c);
      if (changed != text) ExpectRefused(changed);
    }
  }
}

TEST(CursorTest, RefusesTwoSwappedCharacters) {
  const std::string text = Text(0x123456789abcdef);
  for (size_t at = 0; at + 1 < text.size(); ++at) {
    std::string swapped = text;
    std::swap(swapped[at], swapped[at + 1]);
    if (swapped != text) ExpectRefused(swapped);
  }
}

TEST(CursorTest, RefusesEveryTruncationAndWhatIsTooLong) {
  const std::string text = Text(99);
  for (size_t size = 0; size < text.size(); ++size) {
    ExpectRefused(text.substr(0, size));
    ExpectRefused(text.substr(text.size() - size));
  }
  for (const char* more : {"A", "=", " ", "\n"}) {
    ExpectRefused(absl::StrCat(text, more));
    ExpectRefused(absl::StrCat(more, text));
  }
  ExpectRefused(text + text);
  ExpectRefused(std::string(1 << 20, 'a'));
}

TEST(CursorTest, RefusalNamesNoPartOfWhatWasSent) {
  EXPECT_THAT(std::string(Cursor::Parse("secret-token").status().message()), Not(HasSubstr("secret-token")));
}

TEST(CursorTest, GivesThePositionOfThisLog) {
  const absl::StatusOr<Position> position = Cursor::ParseOf(kEpoch, Text(42));
  ASSERT_TRUE(position.ok()) << position.status();
  EXPECT_EQ(*position, Position(42));
}

TEST(CursorTest, OfAnotherLogIsOutOfRangeAndNamesBothEpochs) {
  const absl::Status status = Cursor::ParseOf(Epoch(0xbb), Text(42)).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_CURSOR_OF_ANOTHER_LOG);
  EXPECT_THAT(std::string(status.message()), HasSubstr("6f1c0000000000aa"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("00000000000000bb"));
}

TEST(CursorTest, DamagedIsInvalidWhateverTheLog) {
  const absl::Status status = Cursor::ParseOf(Epoch(0xbb), Text(42).substr(1)).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_INVALID_CURSOR);
}

}  // namespace
}  // namespace ampstream
