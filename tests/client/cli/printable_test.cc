#include "client/cli/printable.h"

#include "gtest/gtest.h"

namespace ampstream {
namespace {

TEST(PrintableTest, KeepsUtf8) { EXPECT_EQ(Printable("Grüße, 世界"), "Grüße, 世界"); }

TEST(PrintableTest, EscapesWhatWouldMoveTheTerminal) {
  EXPECT_EQ(Printable("a\nb\r\tc"), "a\\nb\\r\\tc");
  EXPECT_EQ(Printable("\x1b[2J\x7f"), "\\x1b[2J\\x7f");
  EXPECT_EQ(Printable(absl::string_view("a\0b", 3)), "a\\x00b");
  // U+009B, the control sequence introducer in one character.
  EXPECT_EQ(Printable("\xc2\x9b"
                      "2J"),
            "\\x9b2J");
}

TEST(ShortenedTest, CutsBetweenCharacters) {
  EXPECT_EQ(Shortened("abcdef", 6), "abcdef");
  EXPECT_EQ(Shortened("abcdefg", 6), "abcdef...");
  // The third byte is the second of "ü".
  EXPECT_EQ(Shortened("abüc", 3), "ab...");
}

TEST(ValueCondition, QuotesWhatWouldNotBeOneWord) {
  EXPECT_EQ(Value("pro"), "pro");
  EXPECT_EQ(Value(""), "\"\"");
  EXPECT_EQ(Value("Plan Upgraded"), "\"Plan Upgraded\"");
  EXPECT_EQ(Value("a=b"), "\"a=b\"");
  EXPECT_EQ(Value("say \"hi\""), R"("say \"hi\"")");
}

TEST(ValueCondition, IsCutAt60Bytes) { EXPECT_EQ(Value(std::string(61, 'x')), std::string(60, 'x') + "..."); }

}  // namespace
}  // namespace ampstream
