#include "server/amplitude/time_text.h"

#include <cstdint>
#include <ostream>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "gtest/gtest.h"
#include "server/amplitude/json_value.h"

namespace ampstream {
namespace {

absl::StatusOr<absl::Time> OfNumber(absl::string_view text) {
  return ReadTime(JsonValue(JsonValue::Kind::kNumber, text, text));
}

absl::StatusOr<absl::Time> OfString(absl::string_view text) {
  return ReadTime(JsonValue(JsonValue::Kind::kString, text, text));
}

absl::Time At(int64_t seconds, int64_t nanos = 0) { return absl::FromUnixSeconds(seconds) + absl::Nanoseconds(nanos); }

struct Case {
  absl::string_view text;
  int64_t seconds;
  int64_t nanos;
};
void PrintTo(const Case& c, std::ostream* out) { *out << c.text; }

class NumberTest : public testing::TestWithParam<Case> {};

TEST_P(NumberTest, IsThatTimeAsANumberAndInAString) {
  const absl::Time expected = At(GetParam().seconds, GetParam().nanos);
  EXPECT_EQ(OfNumber(GetParam().text).value(), expected);
  EXPECT_EQ(OfString(GetParam().text).value(), expected);
}

const Case kNumbers[] = {
    {"0", 0, 0},
    {"-0", 0, 0},
    {"1767323045", 1767323045, 0},
    {"99999999999", 99999999999, 0},
    {"100000000000", 100000000, 0},
    {"1767323045678", 1767323045, 678000000},
    {"99999999999999", 99999999999, 999000000},
    {"100000000000000", 100000000, 0},
    {"1767323045678901", 1767323045, 678901000},
    {"99999999999999999", 99999999999, 999999000},
    {"100000000000000000", 100000000, 0},
    {"1767323045678901234", 1767323045, 678901234},
    // Beyond 64 bits: 9999-12-31T23:59:59.999999999Z.
    {"253402300799999999999", 253402300799, 999999999},
    {"1767323045.5", 1767323045, 500000000},
    // Through a double it would be .123456716.
    {"1767323045.123456789", 1767323045, 123456789},
    {"1767323045678.25", 1767323045, 678250000},
    {"1767323045678901.234", 1767323045, 678901234},
    {"1.767323045e9", 1767323045, 0},
    {"1767323045000e-3", 1767323045, 0},
    {"0.0000000019", 0, 1},
    {"-1", -1, 0},
    {"-1.5", -2, 500000000},
    {"-1767323045678", -1767323046, 322000000},
    {"-0.0000000001", -1, 999999999},
    {"-62135596800000", -62135596800, 0},
    {"0e999999999999", 0, 0},
    {"1e-999999999999", 0, 0},
};

INSTANTIATE_TEST_SUITE_P(Numbers, NumberTest, testing::ValuesIn(kNumbers));

class TextTest : public testing::TestWithParam<Case> {};

TEST_P(TextTest, IsThatTime) { EXPECT_EQ(OfString(GetParam().text).value(), At(GetParam().seconds, GetParam().nanos)); }

const Case kTexts[] = {
    {"2026-01-02T03:04:05Z", 1767323045, 0},
    {"2026-01-02t03:04:05z", 1767323045, 0},
    {"2026-01-02T03:04:05", 1767323045, 0},
    {"2026-01-02 03:04:05", 1767323045, 0},
    {"2026-01-02 03:04:05.678000", 1767323045, 678000000},
    {"2026-01-02T03:04:05.1Z", 1767323045, 100000000},
    {"2026-01-02T03:04:05.123456789Z", 1767323045, 123456789},
    {"2026-01-02T03:04:05.000000001+00:00", 1767323045, 1},
    {"2026-01-02T03:04:05+05:30", 1767303245, 0},
    {"2026-01-02T03:04:05-08:00", 1767351845, 0},
    {"2026-01-02T03:04:05+0530", 1767303245, 0},
    {"2016-12-31T23:59:60Z", 1483228800, 0},
    {"2026-01-02", 1767312000, 0},
    {"2024-02-29", 1709164800, 0},
    {"1969-12-31T23:59:59.5Z", -1, 500000000},
    {"0001-01-01T00:00:00Z", -62135596800, 0},
    {"0001-01-01", -62135596800, 0},
    {"9999-12-31T23:59:59.999999999Z", 253402300799, 999999999},
};

INSTANTIATE_TEST_SUITE_P(Texts, TextTest, testing::ValuesIn(kTexts));

TEST(TimeTextTest, RefusesWhatIsNoTime) {
  for (absl::string_view text : {"",
                                 " ",
                                 "now",
                                 "2026-1-2",
                                 "2026-01-02T",
                                 "2026-01-02T03",
                                 "2026-01-02T03:04",
                                 "2026-01-02T24:00:00Z",
                                 "2026-01-02T03:60:00Z",
                                 "2026-01-02T03:04:61Z",
                                 "2026-01-02T03:04:05.Z",
                                 "2026-01-02T03:04:05.1234567890Z",
                                 "2026-01-02T03:04:05 Z",
                                 "2026-01-02T03:04:05+24:00",
                                 "2026-01-02T03:04:05+01:60",
                                 "2026-01-02T03:04:05+1",
                                 "2026-01-02T03:04:05ZZ",
                                 "2026-01-02T03:04:05Europe/Paris",
                                 "2026-02-29",
                                 "2026-02-30T00:00:00Z",
                                 "2026-13-01",
                                 "2026-00-10",
                                 "2026-01-00",
                                 "2026-01-32",
                                 "20-01-02",
                                 "02.01.2026",
                                 "01767323045",
                                 "+1767323045",
                                 "1767323045s",
                                 " 1767323045",
                                 "0x10",
                                 "NaN",
                                 "2026-01-02_03:04:05",
                                 "2026-01-02T03:04:05,5Z",
                                 "\xd9\xa2\xd9\xa0"}) {
    EXPECT_EQ(OfString(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
}

TEST(TimeTextTest, RefusesWhatIsOutsideOfTheYears1To9999) {
  for (absl::string_view number :
       {"253402300800000000000", "-62135596801", "-62135596800.0000000001", "1e30", "-1e400", "1e999999999999"}) {
    EXPECT_EQ(OfNumber(number).status().message(), "must be a time in the years 1 to 9999") << number;
  }
  for (absl::string_view text : {"0000-12-31T23:59:59Z", "0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01",
                                 "9999-12-31T23:59:60Z", "0000-01-01"}) {
    EXPECT_EQ(OfString(text).status().message(), "must be a time in the years 1 to 9999") << text;
  }
}

TEST(TimeTextTest, RefusesOtherKinds) {
  for (auto kind : {JsonValue::Kind::kNull, JsonValue::Kind::kBoolean}) {
    EXPECT_FALSE(ReadTime(JsonValue(kind, "1", "1")).ok());
  }
  EXPECT_FALSE(ReadTime(JsonValue("[]", absl::Span<const JsonValue>())).ok());
}

TEST(TimeTextTest, KnowsTheDaysThatExist) {
  for (absl::string_view day : {"2026-01-02", "2024-02-29", "2000-02-29", "0001-01-01", "9999-12-31"}) {
    EXPECT_TRUE(IsDate(day)) << day;
  }
  for (absl::string_view text : {"", "2026-02-29", "1900-02-29", "2026-04-31", "2026-01-02T00:00:00Z", "2026-01-02 ",
                                 "2026-1-2", "20260102", "0000-01-01", "2026-01-0a"}) {
    EXPECT_FALSE(IsDate(text)) << text;
  }
}

}  // namespace
}  // namespace ampstream
