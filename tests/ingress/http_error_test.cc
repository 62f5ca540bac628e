#include "server/ingress/http_error.h"

#include <simdjson.h>

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ampstream {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

// As design and README tell it.
const std::map<HttpError, int>& Statuses() {
  static const auto* const statuses = new std::map<HttpError, int>{
      {HttpError::kMalformedRequest, 400}, {HttpError::kMalformedJson, 400},
      {HttpError::kSignatureInvalid, 401}, {HttpError::kNotFound, 404},
      {HttpError::kUnknownSource, 404},    {HttpError::kMethodNotAllowed, 405},
      {HttpError::kRequestTimeout, 408},   {HttpError::kLengthRequired, 411},
      {HttpError::kBodyTooLarge, 413},     {HttpError::kUnsupportedMediaType, 415},
      {HttpError::kInvalidEvent, 422},     {HttpError::kHeadersTooLarge, 431},
      {HttpError::kInternal, 500},         {HttpError::kTransferEncodingUnsupported, 501},
      {HttpError::kLogUnavailable, 503},   {HttpError::kOverloaded, 503},
      {HttpError::kDraining, 503},
  };
  return *statuses;
}

// One member of `error`, as a strict parser reads it; empty where it is absent.
std::string MemberOf(const std::string& body, absl::string_view name) {
  simdjson::dom::parser parser;
  simdjson::dom::element answer;
  EXPECT_EQ(parser.parse(body).get(answer), simdjson::SUCCESS) << body;
  std::string_view member;
  if (answer["error"][std::string_view(name.data(), name.size())].get(member) != simdjson::SUCCESS) return "";
  return std::string(member);
}

TEST(HttpErrorTest, EveryValueHasItsStatus) {
  // The enum counts from 0 on, without a gap.
  for (int value = 0; value <= static_cast<int>(HttpError::kDraining); ++value) {
    const auto error = static_cast<HttpError>(value);
    ASSERT_EQ(Statuses().count(error), 1u) << "no status is expected for " << ReasonOf(error);
    EXPECT_EQ(StatusOf(error), Statuses().at(error)) << ReasonOf(error);
  }
  EXPECT_EQ(Statuses().size(), static_cast<size_t>(HttpError::kDraining) + 1);
}

TEST(HttpErrorTest, EveryValueHasAReasonOfItsOwn) {
  std::set<absl::string_view> reasons;
  for (const auto& [error, status] : Statuses()) {
    const absl::string_view reason = ReasonOf(error);
    EXPECT_TRUE(reasons.insert(reason).second) << reason;
    EXPECT_THAT(std::string(reason), testing::MatchesRegex("[A-Z][A-Z_]+"));
  }
}

TEST(HttpErrorTest, AnswersReasonMessageAndField) {
  const HttpAnswer answer = ErrorAnswer(HttpError::kInvalidEvent, "must be a string", "[2].data.time");
  EXPECT_EQ(answer.status, 422);
  EXPECT_EQ(answer.body,
            R"({"error":{"reason":"INVALID_EVENT","message":"must be a string","field":"[2].data.time"}})");
}

TEST(HttpErrorTest, LeavesTheFieldOutWhereThereIsNone) {
  EXPECT_EQ(ErrorAnswer(HttpError::kSignatureInvalid, "no").body,
            R"({"error":{"reason":"SIGNATURE_INVALID","message":"no"}})");
}

TEST(HttpErrorTest, SaysWhenToComeBackWith503Only) {
  for (const auto& [error, status] : Statuses()) {
    const HttpAnswer answer = ErrorAnswer(error, "why");
    if (status == 503) {
      EXPECT_THAT(answer.headers, ElementsAre(Pair("Retry-After", "1"))) << ReasonOf(error);
    } else {
      EXPECT_THAT(answer.headers, IsEmpty()) << ReasonOf(error);
    }
  }
}

TEST(HttpErrorTest, EveryTextComesBackFromTheJson) {
  std::string all;
  for (int c = 0; c < 0x80; ++c) all += static_cast<char>(c);
  for (const std::string& text : {
           std::string(R"(data."a\b".c)"),
           std::string("\"},{\"error\":{\"reason\":\"X"),
           std::string("ends with a backslash \\"),
           std::string("\n\r\t\b\f\x1f\x7f"),
           std::string("zero \0 byte", 11),
           std::string("äöü \xe2\x80\xa8 \xf0\x9f\x8e\x89"),
           all,
       }) {
    const std::string body = ErrorAnswer(HttpError::kInvalidEvent, text, text).body;
    EXPECT_EQ(MemberOf(body, "reason"), "INVALID_EVENT");
    EXPECT_EQ(MemberOf(body, "message"), text);
    EXPECT_EQ(MemberOf(body, "field"), text);
  }
}

}  // namespace
}  // namespace ampstream
