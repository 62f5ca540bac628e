#include "server/filter/expression_matcher.h"

#include <google/protobuf/struct.pb.h>
#include <google/protobuf/timestamp.pb.h>

#include <bitset>
#include <cstring>
#include <utility>

#include "absl/time/time.h"
#include "server/base/status_macros.h"
#include "server/event/field_walk.h"
#include "server/filter/event_path.h"
#include "server/filter/expression.h"
#include "server/filter/value_condition.h"

namespace ampstream {
namespace {

using google::protobuf::Value;

constexpr size_t kMostTerms = 256;
constexpr int kMostLists = 32;  // In each other. A list of no event is deeper.

// Entry of a map<string, Value>, and the fields of Struct and ListValue.
constexpr int kKey = 1;
constexpr int kValue = 2;
constexpr int kEntries = 1;

absl::Time TimeIn(absl::string_view timestamp) {
  int64_t seconds = 0;
  int64_t nanos = 0;
  FieldWalk walk(timestamp);
  for (Field field; walk.Next(&field);) {
    if (field.number == google::protobuf::Timestamp::kSecondsFieldNumber) seconds = static_cast<int64_t>(field.value);
    if (field.number == google::protobuf::Timestamp::kNanosFieldNumber) nanos = static_cast<int32_t>(field.value);
  }
  return absl::FromUnixSeconds(seconds) + absl::Nanoseconds(nanos);
}

double DoubleOf(uint64_t bits) {
  double value = 0;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}

}  // namespace

// A field that the expression names, or one on the way to it.
struct ExpressionMatcher::Node {
  struct Term {
    size_t number;
    ValueCondition condition;
  };
  EventPath::Kind kind = EventPath::Kind::kMessage;
  std::vector<Term> terms;
  std::vector<std::pair<int, size_t>> fields;        // Of a message: number, node.
  std::vector<std::pair<std::string, size_t>> keys;  // Of a Struct or a Value: key, node.
};

struct ExpressionMatcher::Step {
  Expression::Kind kind;
  size_t count;  // Of kAnd and kOr: operands. Of kComparison: the number of the term.
};

class ExpressionMatcher::Compiler {
 public:
  explicit Compiler(ExpressionMatcher* matcher) : matcher_(*matcher) { matcher_.nodes_.emplace_back(); }

  // Adds the expression, and writes its paths in full where there is but one.
  absl::Status Add(Expression* expression) {
    if (expression->kind == Expression::Kind::kComparison) return AddComparison(&expression->comparison);
    for (Expression& operand : expression->operands) AMPSTREAM_RETURN_IF_ERROR(Add(&operand));
    matcher_.steps_.push_back({expression->kind, expression->operands.size()});
    return absl::OkStatus();
  }

 private:
  absl::Status AddComparison(Comparison* comparison) {
    AMPSTREAM_ASSIGN_OR_RETURN(const std::vector<EventPath> paths, ResolvePath(comparison->path));
    const size_t number = matcher_.terms_++;
    matcher_.steps_.push_back({Expression::Kind::kComparison, number});
    for (const EventPath& path : paths) {
      const bool is_free = !path.keys.empty() || path.kind == EventPath::Kind::kValue;
      const EventPath::Kind kind = is_free ? EventPath::Kind::kValue : path.kind;
      AMPSTREAM_ASSIGN_OR_RETURN(ValueCondition condition, ValueCondition::Make(*comparison, kind));
      matcher_.nodes_[NodeOf(path)].terms.push_back({number, std::move(condition)});
    }
    return absl::OkStatus();
  }

  size_t NodeOf(const EventPath& path) {
    size_t node = 0;
    for (const int field : path.fields) node = Child(node, &Node::fields, field);
    matcher_.nodes_[node].kind = path.kind;
    for (const std::string& key : path.keys) {
      node = Child(node, &Node::keys, key);
      matcher_.nodes_[node].kind = EventPath::Kind::kValue;
    }
    return node;
  }

  template <typename Key>
  size_t Child(size_t parent, std::vector<std::pair<Key, size_t>> Node::*children, const Key& key) {
    for (const auto& [name, child] : matcher_.nodes_[parent].*children)
      if (name == key) return child;
    const size_t child = matcher_.nodes_.size();
    matcher_.nodes_.emplace_back();
    (matcher_.nodes_[parent].*children).emplace_back(key, child);
    return child;
  }

  ExpressionMatcher& matcher_;
};

// One event.
class ExpressionMatcher::Evaluation {
 public:
  explicit Evaluation(const ExpressionMatcher& matcher) : matcher_(matcher) {}

  void WalkMessage(const Node& node, absl::string_view message) {
    FieldWalk walk(message);
    for (Field field; walk.Next(&field);) {
      for (const auto& [number, child] : node.fields)
        if (number == field.number) TakeField(matcher_.nodes_[child], field);
    }
  }

  bool Result() const {
    std::bitset<kMostTerms> stack;
    size_t top = 0;
    for (const Step& step : matcher_.steps_) {
      switch (step.kind) {
        case Expression::Kind::kComparison:
          stack[top++] = holds_[step.count];
          break;
        case Expression::Kind::kNot:
          stack.flip(top - 1);
          break;
        case Expression::Kind::kAnd:
        case Expression::Kind::kOr:
          for (size_t i = 1; i < step.count; ++i, --top) {
            stack[top - 2] = step.kind == Expression::Kind::kAnd ? stack[top - 2] && stack[top - 1]
                                                                 : stack[top - 2] || stack[top - 1];
          }
          break;
      }
    }
    return stack[0];
  }

 private:
  void TakeField(const Node& node, const Field& field) {
    switch (node.kind) {
      case EventPath::Kind::kMessage:
        AskAll(node, [](const ValueCondition& condition) { return condition.AsksForAny(); });
        return WalkMessage(node, field.bytes);
      case EventPath::Kind::kStruct:
        return TakeStruct(node, field.bytes, 0);
      case EventPath::Kind::kValue:
        return TakeValue(node, field.bytes, 0);
      case EventPath::Kind::kString:
        return AskAll(node, [&](const ValueCondition& condition) { return condition.MatchesString(field.bytes); });
      case EventPath::Kind::kInteger:
        return AskAll(node, [&](const ValueCondition& condition) {
          return condition.MatchesInteger(static_cast<int64_t>(field.value));
        });
      case EventPath::Kind::kDouble:
        return AskAll(node,
                      [&](const ValueCondition& condition) { return condition.MatchesDouble(DoubleOf(field.value)); });
      case EventPath::Kind::kBool:
        return AskAll(node, [&](const ValueCondition& condition) { return condition.MatchesBool(field.value != 0); });
      case EventPath::Kind::kEventType:
        return AskAll(node, [&](const ValueCondition& condition) { return condition.MatchesEventType(field.value); });
      case EventPath::Kind::kTime: {
        const absl::Time time = TimeIn(field.bytes);
        return AskAll(node, [&](const ValueCondition& condition) { return condition.MatchesTime(time); });
      }
    }
  }

  template <typename Matches>
  void AskAll(const Node& node, Matches matches) {
    for (const Node::Term& term : node.terms)
      if (matches(term.condition)) holds_.set(term.number);
  }

  void TakeStruct(const Node& node, absl::string_view message, int lists) {
    AskAll(node, [](const ValueCondition& condition) { return condition.AsksForAny(); });
    FieldWalk walk(message);
    for (Field field; walk.Next(&field);)
      if (field.number == kEntries) TakeEntry(node, field.bytes, lists);
  }

  void TakeEntry(const Node& node, absl::string_view entry, int lists) {
    absl::string_view key;
    absl::string_view value;
    FieldWalk walk(entry);
    for (Field field; walk.Next(&field);) {
      if (field.number == kKey) key = field.bytes;
      if (field.number == kValue) value = field.bytes;
    }
    AskAll(node, [&](const ValueCondition& condition) { return condition.AsksForKey(key); });
    for (const auto& [name, child] : node.keys)
      if (name == key) TakeValue(matcher_.nodes_[child], value, lists);
  }

  void TakeValue(const Node& node, absl::string_view value, int lists) {
    FieldWalk walk(value);
    for (Field field; walk.Next(&field);) {
      switch (field.number) {
        case Value::kNumberValueFieldNumber:
          AskAll(node, [&](const ValueCondition& condition) { return condition.MatchesDouble(DoubleOf(field.value)); });
          break;
        case Value::kStringValueFieldNumber:
          AskAll(node, [&](const ValueCondition& condition) { return condition.MatchesFreeString(field.bytes); });
          break;
        case Value::kBoolValueFieldNumber:
          AskAll(node, [&](const ValueCondition& condition) { return condition.MatchesBool(field.value != 0); });
          break;
        case Value::kStructValueFieldNumber:
          TakeStruct(node, field.bytes, lists);
          break;
        case Value::kListValueFieldNumber:
          TakeList(node, field.bytes, lists);
          break;
        default:  // Null is as if it were absent.
          break;
      }
    }
  }

  void TakeList(const Node& node, absl::string_view list, int lists) {
    AskAll(node, [](const ValueCondition& condition) { return condition.AsksForAny(); });
    if (lists == kMostLists) return;
    FieldWalk walk(list);
    for (Field field; walk.Next(&field);)
      if (field.number == kEntries) TakeValue(node, field.bytes, lists + 1);
  }

  const ExpressionMatcher& matcher_;
  std::bitset<kMostTerms> holds_;  // By the number of the term.
};

ExpressionMatcher::ExpressionMatcher() = default;
ExpressionMatcher::~ExpressionMatcher() = default;

absl::StatusOr<std::shared_ptr<const ExpressionMatcher>> ExpressionMatcher::Compile(absl::string_view text,
                                                                                    const ExpressionLimits& limits) {
  AMPSTREAM_ASSIGN_OR_RETURN(Expression expression, ParseExpression(text, limits));
  std::shared_ptr<ExpressionMatcher> matcher(new ExpressionMatcher());
  AMPSTREAM_RETURN_IF_ERROR(Compiler(matcher.get()).Add(&expression));
  const Expression normal = Normalized(std::move(expression));
  matcher->normalized_ = Print(normal);
  const bool is_and = normal.kind == Expression::Kind::kAnd;
  for (const Expression& operand : is_and ? normal.operands : std::vector<Expression>{normal}) {
    const Comparison& comparison = operand.comparison;
    const bool is_equality = operand.kind == Expression::Kind::kComparison &&
                             comparison.comparator == Comparator::kEqual &&
                             comparison.literal.kind == Literal::Kind::kString && !comparison.literal.is_prefix;
    if (is_equality) matcher->required_.push_back({PrintPath(comparison.path), comparison.literal.text});
  }
  return std::shared_ptr<const ExpressionMatcher>(std::move(matcher));
}

bool ExpressionMatcher::Matches(absl::string_view encoded_event) const {
  Evaluation evaluation(*this);
  evaluation.WalkMessage(nodes_[0], encoded_event);
  return evaluation.Result();
}

}  // namespace ampstream
