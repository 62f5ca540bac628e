#include "server/base/logging.h"

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ampstream {
namespace {

using ::testing::ContainsRegex;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

// What one entry writes to stderr.
std::string Logged(Severity severity, const std::string& text) {
  testing::internal::CaptureStderr();
  Log(severity, text);
  return testing::internal::GetCapturedStderr();
}

TEST(LoggingTest, WritesOneLineWithTimeAndLevel) {
  const std::string time = "20[0-9]+-[0-9]+-[0-9]+T[0-9]+:[0-9]+:[0-9]+[.][0-9][0-9][0-9]Z ";
  EXPECT_THAT(Logged(Severity::kInfo, "serving"), MatchesRegex(time + "I serving\n"));
  EXPECT_THAT(Logged(Severity::kWarning, "no TLS"), MatchesRegex(time + "W no TLS\n"));
  EXPECT_THAT(Logged(Severity::kError, "log failed"), MatchesRegex(time + "E log failed\n"));
}

TEST(LoggingTest, WritesNothingToStdout) {
  testing::internal::CaptureStdout();
  const std::string on_stderr = Logged(Severity::kInfo, "serving");
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
  EXPECT_THAT(on_stderr, HasSubstr("serving"));
}

TEST(LoggingTest, TakesTextAsItIsNotAsAFormat) {
  EXPECT_THAT(Logged(Severity::kInfo, "{} {0} %v %s"), EndsWith(" I {} {0} %v %s\n"));
}

TEST(LoggingTest, KeepsAnEntryOnOneLineWhateverItsTextHolds) {
  const std::string logged = Logged(Severity::kInfo, "a\nb\r\n\x1b[31mc\x7f");
  EXPECT_THAT(logged, EndsWith(" I a\\x0ab\\x0d\\x0a\\x1b[31mc\\x7f\n"));
  EXPECT_EQ(std::count(logged.begin(), logged.end(), '\n'), 1);
}

TEST(LoggingTest, KeepsTextOfOtherLanguages) {
  EXPECT_THAT(Logged(Severity::kInfo, "größe 東京"), EndsWith(" I größe 東京\n"));
}

TEST(LoggingTest, KeepsLinesOfThreadsApart) {
  testing::internal::CaptureStderr();
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([] {
      for (int j = 0; j < 100; ++j) Log(Severity::kInfo, "0123456789");
    });
  }
  for (std::thread& thread : threads) thread.join();
  const std::string logged = testing::internal::GetCapturedStderr();
  EXPECT_EQ(std::count(logged.begin(), logged.end(), '\n'), 400);
  EXPECT_THAT(logged, testing::Not(ContainsRegex("0123456789[^\n]")));
}

}  // namespace
}  // namespace ampstream
