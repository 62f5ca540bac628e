// Random expressions asked of random events, by the matcher and by brute force.

#include "tests/filter/expression_model.h"

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "ampstream/v1/event.pb.h"
#include "server/filter/expression.h"
#include "server/filter/expression_matcher.h"
#include "server/filter/expression_parser.h"

namespace ampstream {
namespace {

constexpr unsigned kSeed = 20261125;

class Dice {
 public:
  explicit Dice(unsigned seed) : random_(seed) {}

  size_t Roll(size_t sides) { return std::uniform_int_distribution<size_t>(0, sides - 1)(random_); }

  template <typename T>
  const T& OneOf(const std::vector<T>& values) {
    return values[Roll(values.size())];
  }

 private:
  std::mt19937 random_;
};

const std::vector<std::string> kTexts = {"a", "ab", "b", "", "pro", "123456789012345678", "-123456789012345678"};
const std::vector<std::string> kNumbers = {
    "0", "1", "-1", "1.5", "2", "1e3", "123456789012345678", "123456789012345677"};
const std::vector<std::string> kKeys = {"a", "b", "plan", "AND", "x y"};

void Fill(Dice* dice, int depth, google::protobuf::Struct* map);

void Fill(Dice* dice, int depth, google::protobuf::Value* value) {
  switch (dice->Roll(depth > 2 ? 4 : 6)) {
    case 0:
      return value->set_string_value(dice->OneOf(kTexts));
    case 1:
      return value->set_number_value(std::stod(dice->OneOf(kNumbers)));
    case 2:
      return value->set_bool_value(dice->Roll(2) == 0);
    case 3:
      return value->set_null_value(google::protobuf::NULL_VALUE);
    case 4:
      return Fill(dice, depth + 1, value->mutable_struct_value());
    default:
      value->mutable_list_value();
      for (size_t i = dice->Roll(3); i > 0; --i) Fill(dice, depth + 1, value->mutable_list_value()->add_values());
  }
}

void Fill(Dice* dice, int depth, google::protobuf::Struct* map) {
  for (size_t i = dice->Roll(4); i > 0; --i) Fill(dice, depth, &(*map->mutable_fields())[dice->OneOf(kKeys)]);
}

v1::Event RandomEvent(Dice* dice) {
  v1::Event event;
  event.set_id(dice->OneOf(kTexts));
  event.set_type(static_cast<v1::EventType>(dice->Roll(9)));
  event.set_source(dice->OneOf(kTexts));
  if (dice->Roll(2) == 0) event.mutable_occur_time()->set_seconds(1767323045 + static_cast<int64_t>(dice->Roll(3)));
  switch (dice->Roll(4)) {
    case 0: {
      v1::EventsTrack& track = *event.mutable_events_track();
      if (dice->Roll(2) == 0) track.set_user_id(dice->OneOf(kTexts));
      if (dice->Roll(2) == 0) track.set_session_id(std::stoll(dice->OneOf(kNumbers)));
      if (dice->Roll(4) > 0) Fill(dice, 0, track.mutable_event_properties());
      break;
    }
    case 1: {
      v1::MonitorsAlert& alert = *event.mutable_monitors_alert();
      if (dice->Roll(2) == 0) alert.set_value(std::stod(dice->OneOf(kNumbers)));
      for (size_t i = dice->Roll(3); i > 0; --i) alert.add_recipients(dice->OneOf(kTexts));
      break;
    }
    case 2:
      if (dice->Roll(2) == 0) event.mutable_cohorts_computed()->set_published(dice->Roll(2) == 0);
      break;
    default:
      if (dice->Roll(2) == 0) Fill(dice, 0, event.mutable_unrecognized()->mutable_data());
      break;
  }
  return event;
}

struct Field {
  std::string path;
  enum class Kind { kText, kNumber, kBool, kType, kTime, kMap, kFree, kMessage } kind;
};

const std::vector<Field> kFields = {
    {"id", Field::Kind::kText},
    {"source", Field::Kind::kText},
    {"type", Field::Kind::kType},
    {"occur_time", Field::Kind::kTime},
    {"user_id", Field::Kind::kText},
    {"events_track.user_id", Field::Kind::kText},
    {"session_id", Field::Kind::kNumber},
    {"monitors_alert.value", Field::Kind::kNumber},
    {"recipients", Field::Kind::kText},
    {"published", Field::Kind::kBool},
    {"events_track", Field::Kind::kMessage},
    {"event_properties", Field::Kind::kMap},
    {"event_properties.a", Field::Kind::kFree},
    {"event_properties.a.b", Field::Kind::kFree},
    {"event_properties.plan.\"x y\".\"AND\"", Field::Kind::kFree},
    {"event_properties.b.a", Field::Kind::kFree},
    {"data", Field::Kind::kFree},
    {"data.a", Field::Kind::kFree},
};

std::string QuotedText(Dice* dice) { return absl::StrCat("\"", dice->OneOf(kTexts), "\""); }

std::string RandomComparison(Dice* dice) {
  const Field& field = dice->OneOf(kFields);
  const std::string any = dice->OneOf<std::string>({" = ", " != ", " < ", " <= ", " > ", " >= ", ":"});
  const std::string equal = dice->OneOf<std::string>({" = ", " != ", ":"});
  if (dice->Roll(6) == 0) return field.path + ":*";
  switch (field.kind) {
    case Field::Kind::kText:
      if (dice->Roll(4) == 0) return absl::StrCat(field.path, " = \"", dice->OneOf(kTexts), "*\"");
      return field.path + any + QuotedText(dice);
    case Field::Kind::kNumber:
      return field.path + any + dice->OneOf(kNumbers);
    case Field::Kind::kBool:
      return field.path + equal + dice->OneOf<std::string>({"true", "false"});
    case Field::Kind::kType:
      return field.path + equal + dice->OneOf<std::string>({"\"events.track\"", "\"monitors.alert\""});
    case Field::Kind::kTime:
      return field.path + any + "\"2026-01-02T03:04:06Z\"";
    case Field::Kind::kMap:
      return absl::StrCat(field.path, ":\"", dice->OneOf(kKeys), "\"");
    case Field::Kind::kMessage:
      return field.path + ":*";
    case Field::Kind::kFree:
      if (dice->Roll(3) == 0) return field.path + any + dice->OneOf(kNumbers);
      if (dice->Roll(3) == 0) return field.path + equal + "true";
      return field.path + any + QuotedText(dice);
  }
  return "";
}

std::string RandomExpression(Dice* dice, int depth) {
  const size_t what = dice->Roll(depth > 3 ? 2 : 5);
  if (what < 2) return RandomComparison(dice);
  if (what == 2) return absl::StrCat(dice->Roll(2) == 0 ? "NOT (" : "-(", RandomExpression(dice, depth + 1), ")");
  const std::string joint = what == 3 ? " AND " : " OR ";
  std::string text = absl::StrCat("(", RandomExpression(dice, depth + 1), ")");
  for (size_t i = 1 + dice->Roll(3); i > 0; --i)
    absl::StrAppend(&text, joint, "(", RandomExpression(dice, depth + 1), ")");
  return text;
}

TEST(ExpressionModelTest, TheMatcherSaysWhatBruteForceSays) {
  Dice dice(kSeed);
  int held = 0;
  for (int turn = 0; turn < 3000; ++turn) {
    const std::string text = RandomExpression(&dice, 0);
    SCOPED_TRACE(absl::StrCat("seed ", kSeed, ", turn ", turn, ": ", text));
    const auto parsed = ParseExpression(text, ExpressionLimits());
    ASSERT_TRUE(parsed.ok()) << parsed.status();
    const auto matcher = ExpressionMatcher::Compile(text, ExpressionLimits());
    ASSERT_TRUE(matcher.ok()) << matcher.status();
    const auto normal = ExpressionMatcher::Compile((*matcher)->normalized(), ExpressionLimits());
    ASSERT_TRUE(normal.ok()) << normal.status() << (*matcher)->normalized();
    ASSERT_EQ((*normal)->normalized(), (*matcher)->normalized());
    // What is printed is read as the same.
    const auto printed = ParseExpression(Print(*parsed), ExpressionLimits());
    ASSERT_TRUE(printed.ok()) << printed.status();
    ASSERT_EQ(Print(*printed), Print(*parsed));
    for (int i = 0; i < 20; ++i) {
      const v1::Event event = RandomEvent(&dice);
      const std::string encoded = event.SerializeAsString();
      const bool holds = HoldsByReflection(*parsed, event);
      held += holds;
      ASSERT_EQ((*matcher)->Matches(encoded), holds) << event.DebugString();
      ASSERT_EQ((*normal)->Matches(encoded), holds) << (*matcher)->normalized() << "\n" << event.DebugString();
    }
  }
  EXPECT_GT(held, 10000);
  EXPECT_LT(held, 50000);
}

}  // namespace
}  // namespace ampstream
