#include "tests/filter/expression_model.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/timestamp.pb.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/time/time.h"
#include "server/event/event_type.h"

namespace ampstream {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::ListValue;
using google::protobuf::Message;
using google::protobuf::Reflection;
using google::protobuf::Struct;
using google::protobuf::Timestamp;
using google::protobuf::Value;

// One value that a path leads to.
struct Found {
  enum class Kind { kText, kNumber, kInteger, kBool, kType, kTime, kOther, kMap } kind;
  std::string text = "";
  double number = 0;
  int64_t integer = 0;
  absl::Time time = absl::InfinitePast();
  std::vector<std::string> keys = {};
};

using Path = std::vector<PathPart>;

void FindInValue(const Value& value, const Path& path, size_t at, std::vector<Found>* found);

void FindInStruct(const Struct& map, const Path& path, size_t at, std::vector<Found>* found) {
  if (at == path.size()) {
    Found one{Found::Kind::kMap};
    for (const auto& [key, value] : map.fields()) one.keys.push_back(key);
    found->push_back(one);
    return;
  }
  const auto entry = map.fields().find(path[at].name);
  if (entry != map.fields().end()) FindInValue(entry->second, path, at + 1, found);
}

void FindInValue(const Value& value, const Path& path, size_t at, std::vector<Found>* found) {
  const bool is_end = at == path.size();
  switch (value.kind_case()) {
    case Value::kNumberValue:
      if (is_end) found->push_back({Found::Kind::kNumber, "", value.number_value()});
      break;
    case Value::kStringValue:
      if (is_end) found->push_back({Found::Kind::kText, value.string_value()});
      break;
    case Value::kBoolValue:
      if (is_end) found->push_back({Found::Kind::kBool, "", 0, value.bool_value() ? 1 : 0});
      break;
    case Value::kStructValue:
      FindInStruct(value.struct_value(), path, at, found);
      break;
    case Value::kListValue:
      if (is_end) found->push_back({Found::Kind::kOther});
      for (const Value& element : value.list_value().values()) FindInValue(element, path, at, found);
      break;
    default:
      break;
  }
}

void FindInMessage(const Message& message, const Path& path, size_t at, std::vector<Found>* found);

void FindInField(const Message& message, const FieldDescriptor& field, int index, const Path& path, size_t at,
                 std::vector<Found>* found) {
  const Reflection& values = *message.GetReflection();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      found->push_back({Found::Kind::kText, index < 0 ? values.GetString(message, &field)
                                                      : values.GetRepeatedString(message, &field, index)});
      break;
    case FieldDescriptor::CPPTYPE_INT64:
      found->push_back({Found::Kind::kInteger, "", 0, values.GetInt64(message, &field)});
      break;
    case FieldDescriptor::CPPTYPE_DOUBLE:
      found->push_back({Found::Kind::kNumber, "", values.GetDouble(message, &field)});
      break;
    case FieldDescriptor::CPPTYPE_BOOL:
      found->push_back({Found::Kind::kBool, "", 0, values.GetBool(message, &field) ? 1 : 0});
      break;
    case FieldDescriptor::CPPTYPE_ENUM:
      found->push_back({Found::Kind::kType,
                        std::string(EventTypeName(static_cast<v1::EventType>(values.GetEnumValue(message, &field))))});
      break;
    default:
      FindInMessage(values.GetMessage(message, &field), path, at, found);
  }
}

void FindInMessage(const Message& message, const Path& path, size_t at, std::vector<Found>* found) {
  if (const auto* const map = dynamic_cast<const Struct*>(&message)) return FindInStruct(*map, path, at, found);
  if (const auto* const value = dynamic_cast<const Value*>(&message)) return FindInValue(*value, path, at, found);
  if (const auto* const time = dynamic_cast<const Timestamp*>(&message)) {
    Found one{Found::Kind::kTime};
    one.time = absl::FromUnixSeconds(time->seconds()) + absl::Nanoseconds(time->nanos());
    found->push_back(one);
    return;
  }
  if (at == path.size()) {
    found->push_back({Found::Kind::kOther});
    return;
  }
  const FieldDescriptor* const field = message.GetDescriptor()->FindFieldByName(path[at].name);
  if (field == nullptr) return;
  const Reflection& values = *message.GetReflection();
  if (field->is_repeated()) {
    for (int i = 0; i < values.FieldSize(message, field); ++i) FindInField(message, *field, i, path, at + 1, found);
  } else if (values.HasField(message, field)) {
    FindInField(message, *field, -1, path, at + 1, found);
  }
}

std::vector<Found> FindAll(const v1::Event& event, const Path& path) {
  std::vector<Found> found;
  if (v1::Event::descriptor()->FindFieldByName(path[0].name) != nullptr) {
    FindInMessage(event, path, 0, &found);
    return found;
  }
  const auto* const payloads = v1::Event::descriptor()->FindOneofByName("payload");
  const FieldDescriptor* const payload = event.GetReflection()->GetOneofFieldDescriptor(event, payloads);
  if (payload != nullptr) FindInMessage(event.GetReflection()->GetMessage(event, payload), path, 0, &found);
  return found;
}

bool Holds(Comparator comparator, long double order) {
  switch (comparator) {
    case Comparator::kEqual:
    case Comparator::kHas:
      return order == 0;
    case Comparator::kNotEqual:
      return order != 0;
    case Comparator::kLess:
      return order < 0;
    case Comparator::kLessOrEqual:
      return order <= 0;
    case Comparator::kGreater:
      return order > 0;
    case Comparator::kGreaterOrEqual:
      return order >= 0;
  }
  return false;
}

bool TextHolds(const Comparison& comparison, const Found& found) {
  const Literal& literal = comparison.literal;
  if (literal.is_prefix) return absl::StartsWith(found.text, literal.text);
  return Holds(comparison.comparator, found.text.compare(literal.text));
}

int Order(double a, double b) { return a < b ? -1 : a > b ? 1 : 0; }

// The long double of this machine holds all integers that the test uses.
bool NumberHolds(const Comparison& comparison, long double value) {
  return !std::isnan(value) && Holds(comparison.comparator, value - std::stold(comparison.literal.text));
}

bool IsLongInteger(const std::string& text) {
  return text.size() > 15 && text.find_first_not_of("0123456789", text[0] == '-' ? 1 : 0) == std::string::npos;
}

bool Holds(const Comparison& comparison, const Found& found) {
  const Literal& literal = comparison.literal;
  switch (literal.kind) {
    case Literal::Kind::kAny:
      return true;
    case Literal::Kind::kBool:
      return found.kind == Found::Kind::kBool &&
             Holds(comparison.comparator, (found.integer != 0) == literal.is_true ? 0 : 1);
    case Literal::Kind::kNumber:
      // A double holds a literal only as nearly as it held the value.
      if (found.kind == Found::Kind::kNumber)
        return !std::isnan(found.number) && Holds(comparison.comparator, Order(found.number, std::stod(literal.text)));
      if (found.kind == Found::Kind::kInteger) return NumberHolds(comparison, found.integer);
      return found.kind == Found::Kind::kText && IsLongInteger(found.text) &&
             NumberHolds(comparison, std::stold(found.text));
    case Literal::Kind::kString:
      break;
  }
  absl::Time time;
  std::string error;
  switch (found.kind) {
    case Found::Kind::kText:
      return TextHolds(comparison, found);
    case Found::Kind::kType:
      return Holds(comparison.comparator, found.text == literal.text ? 0 : 1);
    case Found::Kind::kTime:
      return absl::ParseTime(absl::RFC3339_full, literal.text, &time, &error) &&
             Holds(comparison.comparator, found.time < time   ? -1
                                          : found.time > time ? 1
                                                              : 0);
    case Found::Kind::kMap:
      return comparison.comparator == Comparator::kHas &&
             std::find(found.keys.begin(), found.keys.end(), literal.text) != found.keys.end();
    default:
      return false;
  }
}

}  // namespace

bool HoldsByReflection(const Expression& expression, const v1::Event& event) {
  switch (expression.kind) {
    case Expression::Kind::kNot:
      return !HoldsByReflection(expression.operands[0], event);
    case Expression::Kind::kAnd:
      return std::all_of(expression.operands.begin(), expression.operands.end(),
                         [&](const Expression& operand) { return HoldsByReflection(operand, event); });
    case Expression::Kind::kOr:
      return std::any_of(expression.operands.begin(), expression.operands.end(),
                         [&](const Expression& operand) { return HoldsByReflection(operand, event); });
    case Expression::Kind::kComparison:
      break;
  }
  const std::vector<Found> all = FindAll(event, expression.comparison.path);
  return std::any_of(all.begin(), all.end(), [&](const Found& found) { return Holds(expression.comparison, found); });
}

}  // namespace ampstream
