#include "server/filter/value_condition.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "server/base/nearest_name.h"
#include "server/base/status_macros.h"
#include "server/event/event_type.h"
#include "server/filter/expression_lexer.h"

namespace ampstream {
namespace {

using Kind = EventPath::Kind;

std::string Written(const Literal& literal) {
  switch (literal.kind) {
    case Literal::Kind::kString:
      return "a text";
    case Literal::Kind::kNumber:
      return absl::StrCat("the number ", literal.text);
    case Literal::Kind::kBool:
      return literal.is_true ? "true" : "false";
    case Literal::Kind::kAny:
      return "*";
  }
  return "";
}

absl::Status Mismatch(const Comparison& comparison, absl::string_view expected) {
  return SyntaxError(comparison.literal.column, Written(comparison.literal), expected);
}

bool IsOrdering(Comparator comparator) {
  return comparator == Comparator::kLess || comparator == Comparator::kLessOrEqual ||
         comparator == Comparator::kGreater || comparator == Comparator::kGreaterOrEqual;
}

absl::Status CheckNoOrder(const Comparison& comparison, absl::string_view expected) {
  if (!IsOrdering(comparison.comparator)) return absl::OkStatus();
  return SyntaxError(comparison.comparator_column, SymbolOf(comparison.comparator), expected);
}

absl::Status CheckBool(const Comparison& comparison, Kind kind) {
  if (kind != Kind::kBool && kind != Kind::kValue) return Mismatch(comparison, NameOf(kind));
  return CheckNoOrder(comparison, "= or != before true and false");
}

bool IsWholeNumber(absl::string_view text) {
  absl::ConsumePrefix(&text, "-");
  return !text.empty() && std::all_of(text.begin(), text.end(), absl::ascii_isdigit);
}

// Of two integers of whatever length, as they are written.
int CompareIntegers(absl::string_view a, absl::string_view b) {
  const bool a_negative = absl::ConsumePrefix(&a, "-");
  const bool b_negative = absl::ConsumePrefix(&b, "-");
  while (a.size() > 1 && absl::ConsumePrefix(&a, "0")) {
  }
  while (b.size() > 1 && absl::ConsumePrefix(&b, "0")) {
  }
  if (a == "0" && b == "0") return 0;
  if (a_negative != b_negative) return a_negative ? -1 : 1;
  const int size = a.size() < b.size() ? -1 : a.size() > b.size() ? 1 : a.compare(b);
  return a_negative ? -size : size;
}

template <typename T>
int OrderOf(const T& a, const T& b) {
  return a < b ? -1 : b < a ? 1 : 0;
}

// An integer against a number that may lie between two, exactly.
int OrderOf(int64_t value, double number) {
  constexpr double kBeyond = 9223372036854775808.0;
  if (number >= kBeyond) return -1;
  if (number < -kBeyond) return 1;
  const double whole = std::floor(number);
  const int order = OrderOf(value, static_cast<int64_t>(whole));
  return order == 0 && whole != number ? -1 : order;
}

}  // namespace

absl::StatusOr<ValueCondition> ValueCondition::Make(const Comparison& comparison, Kind kind) {
  const Literal& literal = comparison.literal;
  ValueCondition condition;
  condition.comparator_ = comparison.comparator;
  condition.literal_ = literal.kind;
  condition.text_ = literal.text;
  condition.is_prefix_ = literal.is_prefix;
  condition.is_true_ = literal.is_true;
  if (literal.kind == Literal::Kind::kAny) return condition;
  if (kind == Kind::kMessage) return Mismatch(comparison, "* after :, or a path to one of its fields");
  // In a free map a value may be a map.
  condition.asks_for_key_ = (kind == Kind::kStruct || kind == Kind::kValue) &&
                            comparison.comparator == Comparator::kHas && literal.kind == Literal::Kind::kString;
  if (kind == Kind::kStruct && !condition.asks_for_key_)
    return Mismatch(comparison, ":* or :\"KEY\", or a path to one of its keys");
  switch (literal.kind) {
    case Literal::Kind::kNumber:
      AMPSTREAM_RETURN_IF_ERROR(condition.SetNumber(comparison, kind));
      break;
    case Literal::Kind::kBool:
      AMPSTREAM_RETURN_IF_ERROR(CheckBool(comparison, kind));
      break;
    default:
      AMPSTREAM_RETURN_IF_ERROR(condition.SetText(comparison, kind));
  }
  return condition;
}

absl::Status ValueCondition::SetNumber(const Comparison& comparison, Kind kind) {
  if (kind != Kind::kInteger && kind != Kind::kDouble && kind != Kind::kValue)
    return Mismatch(comparison, absl::StrCat(NameOf(kind), kind == Kind::kBool ? "" : " in quotes"));
  if (!absl::SimpleAtod(text_, &number_)) return Mismatch(comparison, "a number");
  is_whole_number_ = IsWholeNumber(text_);
  int64_t integer = 0;
  if (is_whole_number_ && absl::SimpleAtoi(text_, &integer)) integer_ = integer;
  return absl::OkStatus();
}

absl::Status ValueCondition::SetText(const Comparison& comparison, Kind kind) {
  const Literal& literal = comparison.literal;
  const std::string written = absl::StrCat("\"", literal.text, literal.is_prefix ? "*" : "", "\"");
  std::string error;
  absl::optional<v1::EventType> type;
  switch (kind) {
    case Kind::kInteger:
    case Kind::kDouble:
    case Kind::kBool:
      return Mismatch(comparison, NameOf(kind));
    case Kind::kTime:
      if (!literal.is_prefix && absl::ParseTime(absl::RFC3339_full, literal.text, &time_, &error))
        return absl::OkStatus();
      return SyntaxError(literal.column, written, "a time such as \"2026-01-02T03:04:05Z\"");
    case Kind::kEventType:
      if (!literal.is_prefix) type = EventTypeOfName(literal.text);
      if (!type.has_value()) {
        return SyntaxError(
            literal.column, written,
            absl::StrCat("the name of a type, such as \"events.track\"", DidYouMean(literal.text, EventTypeNames())));
      }
      event_type_ = static_cast<uint64_t>(*type);
      return CheckNoOrder(comparison, "= or != before a type");
    default:
      return absl::OkStatus();
  }
}

bool ValueCondition::Holds(int order) const {
  switch (comparator_) {
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

bool ValueCondition::MatchesString(absl::string_view value) const {
  if (literal_ == Literal::Kind::kAny) return true;
  if (literal_ != Literal::Kind::kString) return false;
  if (is_prefix_) return absl::StartsWith(value, text_);
  // Most ask whether it is equal, and most are not.
  if (comparator_ == Comparator::kEqual) return value == text_;
  return Holds(value.compare(text_));
}

bool ValueCondition::MatchesInteger(int64_t value) const {
  if (literal_ == Literal::Kind::kAny) return true;
  if (literal_ != Literal::Kind::kNumber) return false;
  return Holds(integer_.has_value() ? OrderOf(value, *integer_) : OrderOf(value, number_));
}

bool ValueCondition::MatchesDouble(double value) const {
  if (literal_ == Literal::Kind::kAny) return true;
  return literal_ == Literal::Kind::kNumber && !std::isnan(value) && Holds(OrderOf(value, number_));
}

bool ValueCondition::MatchesBool(bool value) const {
  if (literal_ == Literal::Kind::kAny) return true;
  return literal_ == Literal::Kind::kBool && Holds(value == is_true_ ? 0 : 1);
}

bool ValueCondition::MatchesEventType(uint64_t value) const {
  if (literal_ == Literal::Kind::kAny) return true;
  return Holds(value == event_type_ ? 0 : 1);
}

bool ValueCondition::MatchesTime(absl::Time value) const {
  if (literal_ == Literal::Kind::kAny) return true;
  return Holds(OrderOf(value, time_));
}

bool ValueCondition::MatchesFreeString(absl::string_view value) const {
  if (literal_ != Literal::Kind::kNumber) return MatchesString(value);
  // As large as only those are that stand as text: up to 15 digits a double holds.
  constexpr size_t kDigitsOfDouble = 15;
  if (value.size() <= kDigitsOfDouble || !IsWholeNumber(value)) return false;
  if (is_whole_number_) return Holds(CompareIntegers(value, text_));
  double number = 0;
  return absl::SimpleAtod(value, &number) && Holds(OrderOf(number, number_));
}

}  // namespace ampstream
