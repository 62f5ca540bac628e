#include "server/amplitude/number_text.h"

#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ampstream {
namespace {

using ::testing::Eq;
using ::testing::Optional;

constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
constexpr int64_t kLeast = std::numeric_limits<int64_t>::min();

absl::optional<int64_t> IntegerOf(absl::string_view text) {
  const absl::optional<Decimal> decimal = Decimal::Parse(text);
  return decimal.has_value() ? decimal->ToInt64() : absl::nullopt;
}

TEST(NumberTextTest, TakesTheNumbersOfJson) {
  for (absl::string_view text : {"0", "-0", "1", "-12", "0.5", "12.0625", "1e5", "1E+5", "1.5e-7", "0e0", "1e400",
                                 "123456789012345678901234567890"}) {
    EXPECT_TRUE(IsJsonNumber(text)) << text;
    EXPECT_TRUE(Decimal::Parse(text).has_value()) << text;
  }
}

TEST(NumberTextTest, RefusesWhatIsNoNumberOfJson) {
  for (absl::string_view text : {"", "-", "+1", "01", "-01", "1.", ".5", "1e", "1e+", "1e5.0", "0x10", "NaN",
                                 "Infinity", " 1", "1 ", "1,0", "--1", "1_000", "\xd9\xa1"}) {
    EXPECT_FALSE(IsJsonNumber(text)) << text;
    EXPECT_FALSE(Decimal::Parse(text).has_value()) << text;
  }
}

TEST(NumberTextTest, ReadsIntegersHoweverTheyAreWritten) {
  EXPECT_THAT(IntegerOf("42"), Optional(42));
  EXPECT_THAT(IntegerOf("42.0"), Optional(42));
  EXPECT_THAT(IntegerOf("4.2e1"), Optional(42));
  EXPECT_THAT(IntegerOf("4200e-2"), Optional(42));
  EXPECT_THAT(IntegerOf("0.00042E5"), Optional(42));
  EXPECT_THAT(IntegerOf("-1"), Optional(-1));
  EXPECT_THAT(IntegerOf("-0"), Optional(0));
  EXPECT_THAT(IntegerOf("0e999999999999999999999"), Optional(0));
  EXPECT_THAT(IntegerOf("0.000"), Optional(0));
  EXPECT_THAT(IntegerOf(absl::StrCat("1", std::string(1000, '0'), "e-1000")), Optional(1));
}

TEST(NumberTextTest, ReadsTheFirstAndTheLastIntegerOf64Bits) {
  EXPECT_THAT(IntegerOf("9223372036854775807"), Optional(kMost));
  EXPECT_THAT(IntegerOf("-9223372036854775808"), Optional(kLeast));
  EXPECT_THAT(IntegerOf("9007199254740993"), Optional(9007199254740993));
}

TEST(NumberTextTest, RefusesWhatIsNoIntegerOf64Bits) {
  for (absl::string_view text : {"9223372036854775808", "-9223372036854775809", "18446744073709551615", "1e19", "1e400",
                                 "0.5", "1e-1", "1.0000000000000000000000000001", "1e999999999999999999999"}) {
    EXPECT_THAT(IntegerOf(text), Eq(absl::nullopt)) << text;
  }
}

TEST(NumberTextTest, CountsDigitsBeforeThePoint) {
  const auto digits = [](absl::string_view text) { return Decimal::Parse(text)->whole_digits(); };
  EXPECT_EQ(digits("0"), 0);
  EXPECT_EQ(digits("0.04"), -1);
  EXPECT_EQ(digits("0.4"), 0);
  EXPECT_EQ(digits("1"), 1);
  EXPECT_EQ(digits("-123.4"), 3);
  EXPECT_EQ(digits("1.234e10"), 11);
}

TEST(NumberTextTest, GivesDigitsByTheirPowersOfTen) {
  const Decimal decimal = *Decimal::Parse("1234.5678");
  EXPECT_EQ(decimal.Digits(2, 0), 234u);
  EXPECT_EQ(decimal.Digits(-1, -3), 567u);
  EXPECT_EQ(decimal.Digits(6, -6), 1234567800u);
  EXPECT_EQ(decimal.Digits(-1, 0), 0u);
  EXPECT_TRUE(decimal.HasDigitsBelow(-3));
  EXPECT_FALSE(decimal.HasDigitsBelow(-4));
}

TEST(NumberTextTest, GivesDoublesThatADoubleCanHold) {
  EXPECT_THAT(ToDouble("0.1"), Optional(0.1));
  EXPECT_THAT(ToDouble("-1E2"), Optional(-100.0));
  EXPECT_THAT(ToDouble("1.7976931348623157e308"), Optional(std::numeric_limits<double>::max()));
  EXPECT_THAT(ToDouble("5e-324"), Optional(std::numeric_limits<double>::denorm_min()));
  EXPECT_THAT(ToDouble("0e999"), Optional(0.0));
  EXPECT_THAT(ToDouble("1e400"), Eq(absl::nullopt));
  EXPECT_THAT(ToDouble("-1e400"), Eq(absl::nullopt));
  EXPECT_THAT(ToDouble("1e-400"), Eq(absl::nullopt));
}

TEST(NumberTextTest, KnowsTheIntegersThatADoubleRounds) {
  for (absl::string_view text : {"0", "-1", "9007199254740992", "-9007199254740992", "9007199254740994",
                                 "100000000000000000000", "9223372036854775808", "0.1", "1e30", "9007199254740993.0"}) {
    EXPECT_FALSE(IsIntegerBeyondDouble(text)) << text;
  }
  for (absl::string_view text :
       {"9007199254740993", "-9007199254740993", "18446744073709551615", "123456789012345678901234567890"}) {
    EXPECT_TRUE(IsIntegerBeyondDouble(text)) << text;
  }
  EXPECT_TRUE(IsIntegerBeyondDouble(std::string(400, '9')));
}

TEST(NumberTextTest, UngroupsDigits) {
  std::string number;
  for (const auto& [grouped, plain] : std::vector<std::pair<std::string, std::string>>{
           {"3,000,000", "3000000"}, {"1,234", "1234"}, {"-12,345.5", "-12345.5"}, {"123,456e2", "123456e2"}}) {
    EXPECT_TRUE(UngroupDigits(grouped, &number)) << grouped;
    EXPECT_EQ(number, plain);
  }
  for (const absl::string_view text : {"", ",", "3,14", "3,", ",300", "1234,567", "1,2345", "1,,000", "0,123",
                                       "1,000,00", "1.000,000", "1,000.", "a,bcd", "1 000", "1,00a", "-,100"}) {
    EXPECT_FALSE(UngroupDigits(text, &number)) << text;
  }
}

}  // namespace
}  // namespace ampstream
