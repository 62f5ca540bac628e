#include "client/cli/start_text.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ampstream {
namespace {

using ::testing::HasSubstr;

const absl::Time kNow = absl::FromUnixMillis(1767323045678);

v1::SubscribeRequest Parsed(absl::string_view text) {
  v1::SubscribeRequest request;
  const absl::Status status = SetStart(text, kNow, &request);
  EXPECT_TRUE(status.ok()) << status;
  return request;
}

absl::Time ParsedTime(absl::string_view text) {
  const v1::SubscribeRequest request = Parsed(text);
  EXPECT_TRUE(request.has_time()) << text;
  return absl::FromUnixSeconds(request.time().seconds()) + absl::Nanoseconds(request.time().nanos());
}

std::string Error(absl::string_view text) {
  v1::SubscribeRequest request;
  const absl::Status status = SetStart(text, kNow, &request);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << text;
  return std::string(status.message());
}

TEST(StartTextTest, TakesTheWords) {
  EXPECT_TRUE(Parsed("latest").has_latest());
  EXPECT_TRUE(Parsed("earliest").has_earliest());
}

TEST(StartTextTest, TakesTheLastN) {
  EXPECT_EQ(Parsed("last:20").last_n(), 20);
  EXPECT_EQ(Parsed("last:4294967295").last_n(), 4294967295);
  EXPECT_TRUE(Parsed("last:0").start_case() == v1::SubscribeRequest::kLastN);
}

TEST(StartTextTest, RefusesLastWithoutANumber) {
  for (const char* text : {"last:", "last:x", "last:-1", "last:+1", "last: 1", "last:4294967296"})
    EXPECT_THAT(Error(text), HasSubstr("last: comes a number")) << text;
}

TEST(StartTextTest, TakesTimesAndDays) {
  EXPECT_EQ(ParsedTime("2026-01-02T03:04:05Z"), absl::FromUnixSeconds(1767323045));
  EXPECT_EQ(ParsedTime("2026-01-02T04:04:05.25+01:00"), absl::FromUnixMillis(1767323045250));
  EXPECT_EQ(ParsedTime("2026-01-02"), absl::FromUnixSeconds(1767312000));
  EXPECT_EQ(ParsedTime("0001-01-01"), absl::FromUnixSeconds(-62135596800));
  EXPECT_EQ(ParsedTime("1969-12-31T23:59:59.75Z"), absl::FromUnixMillis(-250));
}

TEST(StartTextTest, RefusesWhatIsNoTime) {
  for (const char* text : {"2026-13-01", "2026-01-02T25:00:00Z", "2026-01-02T03:04:05", "10m", "1767323045"})
    EXPECT_THAT(Error(text), HasSubstr("is none of latest, earliest")) << text;
  EXPECT_THAT(Error("0000-12-31"), HasSubstr("years 1 to 9999"));
}

TEST(StartTextTest, TakesTimesBeforeNow) {
  EXPECT_EQ(ParsedTime("-10m"), kNow - absl::Minutes(10));
  EXPECT_EQ(ParsedTime("-1h30m"), kNow - absl::Minutes(90));
  EXPECT_EQ(ParsedTime("-250ms"), kNow - absl::Milliseconds(250));
}

TEST(StartTextTest, RefusesWhatIsNoTimeBeforeNow) {
  for (const char* text : {"-", "-10", "-10x", "--10m", "-inf", "-m"})
    EXPECT_THAT(Error(text), HasSubstr("is no time before now")) << text;
  EXPECT_THAT(Error("-99999999h"), HasSubstr("years 1 to 9999"));
}

TEST(StartTextTest, TakesWhatHasACursorsForm) {
  EXPECT_EQ(Parsed("aNkI5klf6sxgAAAAAAAAAAKPT248").cursor(), "aNkI5klf6sxgAAAAAAAAAAKPT248");
  EXPECT_EQ(Parsed("B-_9").cursor(), "B-_9");
}

TEST(StartTextTest, SuggestsTheWordThatWasMeant) {
  EXPECT_THAT(Error("latst"), HasSubstr("did you mean latest?"));
  EXPECT_THAT(Error("Latest"), HasSubstr("did you mean latest?"));
  EXPECT_THAT(Error("earlist"), HasSubstr("did you mean earliest?"));
  EXPECT_THAT(Error("last20"), HasSubstr("did you mean last:N?"));
}

TEST(StartTextTest, RefusesTheRestAndNamesTheForms) {
  for (const char* text : {"", " latest", "a b", "a.b", "_a", "\xc3\xa4"})
    EXPECT_THAT(Error(text), HasSubstr("is none of latest, earliest, a cursor")) << text;
  EXPECT_THAT(Error(std::string(33, 'a')), HasSubstr("is none of"));
}

TEST(HasCursorFormTest, IsAtMost32LettersDigitsAndSignsFromALetterOn) {
  EXPECT_TRUE(HasCursorForm("a"));
  EXPECT_TRUE(HasCursorForm("z" + std::string(31, '_')));
  for (const char* text : {"", "1a", "-a", "_a", "a=", "a\n"}) EXPECT_FALSE(HasCursorForm(text)) << text;
  EXPECT_FALSE(HasCursorForm(std::string(33, 'a')));
}

}  // namespace
}  // namespace ampstream
