#include "server/amplitude/json_parser.h"

#include <iterator>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/amplitude/json_fault.h"

namespace ampstream {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr JsonLimits kLimits = {1000, 100000};

// A body and its value.
class JsonParserTest : public testing::Test {
 protected:
  const JsonValue& Parse(std::string body) {
    body_ = std::move(body);
    const absl::StatusOr<const JsonValue*> value = parser_.Parse(body_, kLimits);
    EXPECT_TRUE(value.ok()) << value.status();
    static const JsonValue nothing = JsonValue();
    return value.ok() ? **value : nothing;
  }

  JsonParser parser_;
  std::string body_;
};

std::vector<std::string> Keys(const JsonValue& object) {
  std::vector<std::string> keys;
  for (const JsonMember& member : object.members()) keys.emplace_back(member.key);
  return keys;
}

TEST_F(JsonParserTest, TellsKindsApart) {
  const JsonValue& array = Parse(R"([null, true, false, 1, "a", [], {}])");
  std::vector<JsonValue::Kind> kinds;
  for (const JsonValue& item : array.items()) kinds.push_back(item.kind());
  using Kind = JsonValue::Kind;
  EXPECT_THAT(kinds, ElementsAre(Kind::kNull, Kind::kBoolean, Kind::kBoolean, Kind::kNumber, Kind::kString,
                                 Kind::kArray, Kind::kObject));
  EXPECT_EQ(array.items()[1].text(), "true");
  EXPECT_EQ(array.items()[2].text(), "false");
}

TEST_F(JsonParserTest, KeepsTheExactTextOfNumbers) {
  const JsonValue& array = Parse("[ 12345678901234567890123456789012 , 1e400,-0.0, 1E-2 ]");
  ASSERT_THAT(array.items(), SizeIs(4));
  EXPECT_EQ(array.items()[0].text(), "12345678901234567890123456789012");
  EXPECT_EQ(array.items()[1].text(), "1e400");
  EXPECT_EQ(array.items()[2].text(), "-0.0");
  EXPECT_EQ(array.items()[3].text(), "1E-2");
}

TEST_F(JsonParserTest, TakesEscapesOutOfStringsAndKeys) {
  const JsonValue& object = Parse(R"({"k\u00e9\"y" : "\ud83d\ude00\u0000\/\\" , "plain": "Zoë"})");
  ASSERT_THAT(Keys(object), ElementsAre("ké\"y", "plain"));
  EXPECT_EQ(object.members()[0].value.text(), absl::string_view("\xf0\x9f\x98\x80\0/\\", 7));
  EXPECT_EQ(object.members()[0].value.raw(), R"("\ud83d\ude00\u0000\/\\")");
  EXPECT_EQ(object.members()[1].value.text(), "Zoë");
}

TEST_F(JsonParserTest, KeepsTheExactBytesOfEachValue) {
  const JsonValue& object = Parse(" { \"a\" : [ 1 , { } ]  ,\n\"b\":{\"c\" : [ ] } , \"d\": null \t} \n");
  EXPECT_EQ(object.raw(), "{ \"a\" : [ 1 , { } ]  ,\n\"b\":{\"c\" : [ ] } , \"d\": null \t}");
  EXPECT_EQ(object.Find("a")->raw(), "[ 1 , { } ]");
  EXPECT_EQ(object.Find("a")->items()[1].raw(), "{ }");
  EXPECT_EQ(object.Find("b")->raw(), "{\"c\" : [ ] }");
  EXPECT_EQ(object.Find("d")->raw(), "null");
}

TEST_F(JsonParserTest, FindsMembers) {
  const JsonValue& object = Parse(R"({"a": null, "": 1})");
  ASSERT_NE(object.Find("a"), nullptr);
  EXPECT_TRUE(object.Find("a")->is_null());
  EXPECT_EQ(object.Find("")->text(), "1");
  EXPECT_EQ(object.Find("b"), nullptr);
  EXPECT_EQ(object.Find("a")->Find("a"), nullptr);
}

TEST_F(JsonParserTest, KeepsTheLastOfEachKeyInItsPlace) {
  const JsonValue& object = Parse(R"({"a": 1, "b": 2, "\u0061": 3, "c": {"a": 4, "a": 5}})");
  EXPECT_THAT(Keys(object), ElementsAre("b", "a", "c"));
  EXPECT_EQ(object.Find("a")->text(), "3");
  EXPECT_EQ(object.Find("c")->Find("a")->text(), "5");
  EXPECT_THAT(object.Find("c")->members(), SizeIs(1));
}

TEST_F(JsonParserTest, KeepsTheLastOfEachOfManyKeys) {
  std::string body = "{";
  for (int i = 0; i < 300; ++i) absl::StrAppend(&body, i == 0 ? "" : ",", "\"k", i % 100, "\":", i);
  const JsonValue& object = Parse(body + "}");
  ASSERT_THAT(object.members(), SizeIs(100));
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(object.members()[i].key, absl::StrCat("k", i));
    EXPECT_EQ(object.members()[i].value.text(), absl::StrCat(200 + i));
  }
}

TEST_F(JsonParserTest, TakesEmptyContainersAndTheGreatestDepth) {
  EXPECT_THAT(Parse("[]").items(), IsEmpty());
  EXPECT_THAT(Parse(" {} ").members(), IsEmpty());
  Parse(std::string(64, '[') + std::string(64, ']'));
}

TEST_F(JsonParserTest, ParsesOneBodyAfterTheOther) {
  Parse(absl::StrCat("[\"", std::string(1000000, 'a'), "\\n\"]"));
  EXPECT_EQ(Parse(R"({"a": "\n"})").Find("a")->text(), "\n");
  parser_.Clear();
  EXPECT_EQ(Parse(R"({"a": "\t"})").Find("a")->text(), "\t");
}

TEST_F(JsonParserTest, IsOfUseAfterAFault) {
  std::string bad = R"({"a": [1, {"b": tru}]})";
  EXPECT_FALSE(parser_.Parse(bad, kLimits).ok());
  EXPECT_THAT(Parse(R"({"c": [2]})").Find("c")->items(), SizeIs(1));
}

TEST_F(JsonParserTest, CountsTheValuesOfEachEventAlone) {
  std::string body = R"([{"a":1},{"a":[2]}])";  // Two values, three.
  EXPECT_TRUE(parser_.Parse(body, {2, 3}).ok());
  EXPECT_EQ(parser_.Parse(body, {2, 2}).status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(parser_.Parse(body, {1, 3}).status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(JsonParserTest, CountsTheValuesOfEachItemOfABatchAlone) {
  for (std::string body : {R"({"users":[{"a":1},{"a":1},{"a":1},{"a":1}]})", R"({"charts":[{"a":1},{"a":1},{"a":1}]})",
                           R"([{"users":[{"a":1},{"a":1},{"a":1}]}])", R"({"data":{"users":[{"a":1},{"a":1}]}})",
                           R"([{"data":{"users":[{"a":1},{"a":1}]}}])"}) {
    EXPECT_TRUE(parser_.Parse(body, {2, 3}).ok()) << body;
    EXPECT_FALSE(parser_.Parse(body, {2, 1}).ok()) << body;
  }
  std::string large_item = R"({"users":[{"a":1},{"a":[1,2]}]})";
  EXPECT_EQ(parser_.Parse(large_item, {2, 3}).status().code(), absl::StatusCode::kFailedPrecondition);
  for (std::string no_batch : {R"({"items":[{"a":1},{"a":1}]})", R"({"a":{"users":[{"a":1},{"a":1}]}})",
                               R"({"data":{"data":{"users":[{"a":1}]}}})", R"([[{"users":[{"a":1}]}]])",
                               R"({"users":{"users":[{"a":1}]}})", R"({"users":[{"users":[1,1]}]})"}) {
    EXPECT_EQ(parser_.Parse(no_batch, {2, 3}).status().code(), absl::StatusCode::kFailedPrecondition) << no_batch;
  }
}

TEST_F(JsonParserTest, RefusesAStringAndAColonWhereAValueIsExpected) {
  std::string body = R"({"a": "b": 1}})";
  EXPECT_EQ(parser_.Parse(body, kLimits).status().code(), absl::StatusCode::kInvalidArgument);
}

// Either refuses what the other does: else a body would be refused without a reason, or garbage taken.
TEST_F(JsonParserTest, RefusesExactlyWhatTheScannerFaults) {
  const std::string seeds[] = {
      R"({"type":"event.track","data":{"a":[1,-2.5e3,true,null],"b":"x\u00e9\ud83d\ude00\\","c":{}}})",
      R"([{"a": "é🚀"}, [[], [0.1, false]], "\"\/\b\f\n\r\t", 12345678901234567890123])",
  };
  const absl::string_view pieces[] = {
      "\"",   "\\", "{", "}", "[",    "]",       ",",       ":",  " ",    "0",    "1",
      "-",    ".",  "e", "u", "true", "\\ud800", "\\udc00", "\n", "\xff", "\xc3", "\xed\xa0\x80",
      "null", "\t", "/"};
  std::mt19937 random(20260102);
  for (int i = 0; i < 200000; ++i) {
    std::string body = seeds[i % 2];
    for (int edits = 1 + random() % 3; edits > 0; --edits) {
      const size_t at = random() % (body.size() + 1);
      body.replace(at, random() % 3, std::string(pieces[random() % std::size(pieces)]));
    }
    const absl::Status parsed = parser_.Parse(body, kLimits).status();
    const absl::Status scanned = FindJsonFault(body, JsonParser::kMaxDepth);
    ASSERT_EQ(parsed, scanned) << body;
  }
}

// Comparing each key with each would take minutes.
TEST_F(JsonParserTest, TakesManyKeysThatBeginAlike) {
  std::string body = "{";
  for (int i = 0; i < 99999; ++i) {
    absl::StrAppend(&body, i == 0 ? "" : ",", "\"", std::string(20, 'k'), 100000 + i, "\":1");
  }
  EXPECT_THAT(Parse(body + "}").members(), SizeIs(99999));
}

}  // namespace
}  // namespace ampstream
