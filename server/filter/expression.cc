#include "server/filter/expression.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace ampstream {
namespace {

using Kind = Expression::Kind;

bool IsWord(absl::string_view name) {
  return !name.empty() && !absl::ascii_isdigit(name[0]) && name != "AND" && name != "OR" && name != "NOT" &&
         std::all_of(name.begin(), name.end(), [](char c) { return absl::ascii_isalnum(c) || c == '_'; });
}

std::string Quoted(absl::string_view text, bool is_prefix) {
  std::string quoted = "\"";
  for (const char c : text) {
    switch (c) {
      case '"':
        quoted += "\\\"";
        break;
      case '\\':
        quoted += "\\\\";
        break;
      case '\n':
        quoted += "\\n";
        break;
      case '\r':
        quoted += "\\r";
        break;
      case '\t':
        quoted += "\\t";
        break;
      default:
        quoted += c;
    }
  }
  // Else it would be read as a prefix.
  if (!is_prefix && absl::string_view(text).substr(text.size() - std::min<size_t>(text.size(), 1)) == "*")
    quoted.insert(quoted.size() - 1, "\\");
  return absl::StrCat(quoted, is_prefix ? "*\"" : "\"");
}

std::string PrintLiteral(const Literal& literal) {
  switch (literal.kind) {
    case Literal::Kind::kString:
      return Quoted(literal.text, literal.is_prefix);
    case Literal::Kind::kNumber:
      return literal.text;
    case Literal::Kind::kBool:
      return literal.is_true ? "true" : "false";
    case Literal::Kind::kAny:
      return "*";
  }
  return "";
}

std::string PrintComparison(const Comparison& comparison) {
  const std::string path = PrintPath(comparison.path);
  const std::string literal = PrintLiteral(comparison.literal);
  if (comparison.comparator == Comparator::kHas) return absl::StrCat(path, ":", literal);
  return absl::StrCat(path, " ", SymbolOf(comparison.comparator), " ", literal);
}

// In parentheses unless it holds together without.
std::string PrintOperand(const Expression& operand) {
  const bool holds_together = operand.kind == Kind::kComparison || operand.kind == Kind::kNot;
  return holds_together ? Print(operand) : absl::StrCat("(", Print(operand), ")");
}

}  // namespace

absl::string_view SymbolOf(Comparator comparator) {
  switch (comparator) {
    case Comparator::kEqual:
      return "=";
    case Comparator::kNotEqual:
      return "!=";
    case Comparator::kLess:
      return "<";
    case Comparator::kLessOrEqual:
      return "<=";
    case Comparator::kGreater:
      return ">";
    case Comparator::kGreaterOrEqual:
      return ">=";
    case Comparator::kHas:
      return ":";
  }
  return "";
}

std::string PrintPath(const std::vector<PathPart>& path) {
  std::string text;
  for (const PathPart& part : path)
    absl::StrAppend(&text, text.empty() ? "" : ".", IsWord(part.name) ? part.name : Quoted(part.name, false));
  return text;
}

std::string Print(const Expression& expression) {
  if (expression.kind == Kind::kComparison) return PrintComparison(expression.comparison);
  if (expression.kind == Kind::kNot) return absl::StrCat("NOT ", PrintOperand(expression.operands[0]));
  std::string text;
  for (const Expression& operand : expression.operands) {
    if (!text.empty()) text += expression.kind == Kind::kAnd ? " AND " : " OR ";
    text += PrintOperand(operand);
  }
  return text;
}

Expression Normalized(Expression expression) {
  if (expression.kind == Kind::kComparison) return expression;
  if (expression.kind == Kind::kNot) {
    Expression operand = Normalized(std::move(expression.operands[0]));
    if (operand.kind == Kind::kNot) return std::move(operand.operands[0]);
    expression.operands[0] = std::move(operand);
    return expression;
  }
  std::vector<std::pair<std::string, Expression>> printed;
  for (Expression& operand : expression.operands) {
    Expression normal = Normalized(std::move(operand));
    if (normal.kind == expression.kind) {
      for (Expression& inner : normal.operands) printed.emplace_back(Print(inner), std::move(inner));
    } else {
      printed.emplace_back(Print(normal), std::move(normal));
    }
  }
  const auto by_text = [](const auto& a, const auto& b) { return a.first < b.first; };
  std::sort(printed.begin(), printed.end(), by_text);
  Expression normal;
  normal.kind = expression.kind;
  for (size_t i = 0; i < printed.size(); ++i) {
    if (i == 0 || printed[i].first != printed[i - 1].first) normal.operands.push_back(std::move(printed[i].second));
  }
  return normal.operands.size() == 1 ? std::move(normal.operands[0]) : normal;
}

}  // namespace ampstream
