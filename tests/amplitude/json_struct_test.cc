#include "server/amplitude/json_struct.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "ampstream/v1/event.pb.h"
#include "gmock/gmock.h"
#include "google/protobuf/struct.pb.h"
#include "gtest/gtest.h"
#include "server/amplitude/json_parser.h"

namespace ampstream {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

using google::protobuf::Struct;
using google::protobuf::Value;

Struct Parsed(const StructBytes& fields) {
  Struct out;
  EXPECT_TRUE(out.ParseFromArray(fields.bytes().data(), static_cast<int>(fields.bytes().size())));
  return out;
}

Struct StructOf(std::string body) {
  JsonParser parser;
  StructBytes fields;
  fields.AddAll(*parser.Parse(body, {1000, 100000}).value());
  return Parsed(fields);
}

// Of a value where it stands in a Struct's field.
Value ValueOf(absl::string_view json) { return StructOf(absl::StrCat("{\"a\":", json, "}")).fields().at("a"); }

TEST(JsonStructTest, KeepsScalars) {
  EXPECT_EQ(ValueOf("null").kind_case(), Value::kNullValue);
  EXPECT_EQ(ValueOf("true").bool_value(), true);
  EXPECT_EQ(ValueOf("false").kind_case(), Value::kBoolValue);
  EXPECT_EQ(ValueOf("-2.5e3").number_value(), -2500);
  EXPECT_EQ(ValueOf(R"("caf\u00e9")").string_value(), "café");
}

TEST(JsonStructTest, LeavesStringsThatLookLikeOtherKinds) {
  EXPECT_EQ(ValueOf(R"("42")").string_value(), "42");
  EXPECT_EQ(ValueOf(R"("true")").string_value(), "true");
}

TEST(JsonStructTest, KeepsIntegersExactly) {
  EXPECT_EQ(ValueOf("9007199254740992").number_value(), 9007199254740992.0);
  EXPECT_EQ(ValueOf("9007199254740993").string_value(), "9007199254740993");
  EXPECT_EQ(ValueOf("-9223372036854775807").string_value(), "-9223372036854775807");
  EXPECT_EQ(ValueOf("100000000000000000000").number_value(), 1e20);
}

TEST(JsonStructTest, KeepsNumbersThatNoDoubleHoldsAsTheirText) {
  EXPECT_EQ(ValueOf("1e400").string_value(), "1e400");
  EXPECT_EQ(ValueOf("-1E+400").string_value(), "-1E+400");
  EXPECT_EQ(ValueOf("1e-400").string_value(), "1e-400");
}

TEST(JsonStructTest, KeepsEmptyContainers) {
  EXPECT_EQ(ValueOf("[]").kind_case(), Value::kListValue);
  EXPECT_THAT(ValueOf("[]").list_value().values(), IsEmpty());
  EXPECT_EQ(ValueOf("{}").kind_case(), Value::kStructValue);
  EXPECT_THAT(ValueOf("{}").struct_value().fields(), IsEmpty());
}

TEST(JsonStructTest, KeepsListsInOrder) {
  const Value value = ValueOf(R"([1, "b", [null]])");
  ASSERT_THAT(value.list_value().values(), SizeIs(3));
  EXPECT_EQ(value.list_value().values(0).number_value(), 1);
  EXPECT_EQ(value.list_value().values(1).string_value(), "b");
  EXPECT_EQ(value.list_value().values(2).list_value().values(0).kind_case(), Value::kNullValue);
}

// The Struct is level 1, so 31 more are kept and the next is text.
TEST(JsonStructTest, KeepsWhatIsTooDeepAsItsJsonText) {
  const auto lists = [](int levels) { return absl::StrCat(std::string(levels, '['), " 1 ", std::string(levels, ']')); };
  const auto deepest = [](const Value& value) {
    const Value* at = &value;
    int levels = 1;
    for (; at->has_list_value(); at = &at->list_value().values(0)) ++levels;
    return absl::StrCat(levels, at->has_string_value() ? at->string_value() : "");
  };
  EXPECT_EQ(deepest(ValueOf(lists(31))), "32");
  EXPECT_EQ(deepest(ValueOf(lists(32))), "32[ 1 ]");
  EXPECT_EQ(deepest(ValueOf(lists(34))), "32[[[ 1 ]]]");
}

TEST(JsonStructTest, CountsLevelsOfAValueFromItself) {
  JsonParser parser;
  std::string body = absl::StrCat(std::string(33, '['), std::string(33, ']'));
  v1::Unrecognized message;
  SetValue(*parser.Parse(body, {1000, 100000}).value(), v1::Unrecognized::kDataFieldNumber, &message);
  ASSERT_TRUE(message.ParseFromString(message.SerializeAsString()));
  const Value* at = &message.data();
  int levels = 0;
  for (; at->has_list_value(); at = &at->list_value().values(0)) ++levels;
  EXPECT_EQ(levels, 32);
  EXPECT_EQ(at->string_value(), "[]");
}

// Of what grows while it is written, and of lengths of one byte and of several.
TEST(JsonStructTest, KeepsWhateverItsSize) {
  for (const size_t size : {0, 127, 128, 1000, 1100, 16383, 16384, 3000000}) {
    const std::string text(size, 'x');
    const Struct parsed = StructOf(absl::StrCat(R"({")", text, R"(":[[")", text, R"("],7],"b":true})"));
    ASSERT_THAT(parsed.fields(), SizeIs(2)) << size;
    EXPECT_EQ(parsed.fields().at("b").bool_value(), true);
    const auto& items = parsed.fields().at(text).list_value().values();
    ASSERT_THAT(items, SizeIs(2)) << size;
    EXPECT_EQ(items[0].list_value().values(0).string_value(), text);
    EXPECT_EQ(items[1].number_value(), 7);
  }
}

TEST(JsonStructTest, TakesFieldsOfAnotherAsAnObject) {
  JsonParser parser;
  std::string body = absl::StrCat(R"({"a":)", std::string(31, '['), std::string(31, ']'), "}");
  StructBytes inner(2);
  inner.AddAll(*parser.Parse(body, {1000, 100000}).value());
  StructBytes outer;
  outer.Add("inner", inner);
  outer.Add("empty", StructBytes(2));
  const Struct parsed = Parsed(outer);
  EXPECT_EQ(parsed.fields().at("empty").kind_case(), Value::kStructValue);
  const Value* at = &parsed.fields().at("inner").struct_value().fields().at("a");
  int levels = 2;
  for (; at->has_list_value(); at = &at->list_value().values(0)) ++levels;
  EXPECT_EQ(levels, 32);
  EXPECT_EQ(at->string_value(), "[]");
}

TEST(JsonStructTest, IsAFieldOfAMessageOnceThatIsEncoded) {
  v1::EventsTrack message;
  message.set_event_type("tap");
  SetStruct(StructBytes(), v1::EventsTrack::kUserPropertiesFieldNumber, &message);
  ASSERT_TRUE(message.ParseFromString(message.SerializeAsString()));
  EXPECT_EQ(message.event_type(), "tap");
  EXPECT_TRUE(message.has_user_properties());
  EXPECT_FALSE(message.has_event_properties());
}

}  // namespace
}  // namespace ampstream
