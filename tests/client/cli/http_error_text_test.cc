#include "client/cli/http_error_text.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ampstream {
namespace {

using ::testing::HasSubstr;

TEST(HttpErrorTextTest, HoldsReasonMessageAndField) {
  EXPECT_EQ(
      HttpErrorText({422, R"({"error":{"reason":"INVALID_EVENT","message":"is required","field":"data.time"}})", ""}),
      "HTTP 422 INVALID_EVENT: is required (field data.time)");
}

TEST(HttpErrorTextTest, DoesNotNameTheFieldTwice) {
  EXPECT_EQ(
      HttpErrorText({422, R"({"error":{"reason":"R","message":"data.time: is required","field":"data.time"}})", ""}),
      "HTTP 422 R: data.time: is required");
}

TEST(HttpErrorTextTest, ShowsTheBeginningOfAnyOtherBody) {
  EXPECT_EQ(HttpErrorText({502, "<html>\n", ""}), "HTTP 502: <html>\\n");
  EXPECT_EQ(HttpErrorText({500, "", ""}), "HTTP 500: (no text)");
  EXPECT_EQ(HttpErrorText({500, R"({"error":"text"})", ""}), R"(HTTP 500: {"error":"text"})");
  EXPECT_LT(HttpErrorText({500, std::string(10'000, 'x'), ""}).size(), 400);
}

TEST(HttpErrorTextTest, SaysWhatToDo) {
  EXPECT_THAT(HttpErrorText({401, "", ""}), HasSubstr("AMPSTREAM_WEBHOOK_SECRET"));
  EXPECT_THAT(HttpErrorText({404, "", ""}), HasSubstr("--url"));
  EXPECT_THAT(HttpErrorText({503, "", "5"}), HasSubstr("try again in 5 s"));
  EXPECT_THAT(HttpErrorText({503, "", ""}), HasSubstr("try again later"));
}

}  // namespace
}  // namespace ampstream
