#include "server/filter/expression_parser.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "server/base/status_macros.h"
#include "server/filter/expression_lexer.h"

namespace ampstream {
namespace {

using Kind = Expression::Kind;

constexpr absl::string_view kComparators = "one of = != < <= > >= :";

// Reads with one token of foresight. Each Parse... leaves the token after what it has read.
class Parser {
 public:
  Parser(absl::string_view text, const ExpressionLimits& limits) : lexer_(text), limits_(limits) {}

  absl::StatusOr<Expression> Parse() {
    AMPSTREAM_RETURN_IF_ERROR(Advance());
    AMPSTREAM_ASSIGN_OR_RETURN(Expression expression, ParseSequence(0));
    if (token_.kind != Token::Kind::kEnd) return Unexpected("AND, OR or the end");
    return expression;
  }

 private:
  absl::Status Advance() {
    AMPSTREAM_ASSIGN_OR_RETURN(token_, lexer_.Next());
    return absl::OkStatus();
  }

  // A word that is nearly a keyword is told of.
  absl::Status Unexpected(absl::string_view expected) const {
    const std::string upper = absl::AsciiStrToUpper(token_.written);
    const bool is_near = token_.kind == Token::Kind::kWord && (upper == "AND" || upper == "OR" || upper == "NOT") &&
                         upper != token_.written;
    return SyntaxError(token_.column, token_.Found(),
                       is_near ? absl::StrCat(expected, "; did you mean ", upper, "?") : std::string(expected));
  }

  bool IsAt(Kind kind) const { return token_.IsWord(kind == Kind::kAnd ? "AND" : "OR"); }

  // Terms with AND between them, or with OR.
  absl::StatusOr<Expression> ParseSequence(size_t depth) {
    AMPSTREAM_ASSIGN_OR_RETURN(Expression first, ParseFactor(depth));
    if (!IsAt(Kind::kAnd) && !IsAt(Kind::kOr)) return first;
    Expression sequence;
    sequence.kind = IsAt(Kind::kAnd) ? Kind::kAnd : Kind::kOr;
    sequence.operands.push_back(std::move(first));
    while (IsAt(sequence.kind)) {
      AMPSTREAM_RETURN_IF_ERROR(Advance());
      AMPSTREAM_ASSIGN_OR_RETURN(Expression next, ParseFactor(depth));
      sequence.operands.push_back(std::move(next));
    }
    if (IsAt(Kind::kAnd) || IsAt(Kind::kOr)) return Mixed(sequence);
    return sequence;
  }

  absl::Status Mixed(const Expression& before) const {
    const absl::string_view other = token_.written;
    const absl::string_view one = before.kind == Kind::kAnd ? "AND" : "OR";
    return SyntaxError(token_.column, absl::StrCat(other, " beside ", one),
                       absl::StrCat("parentheses: (a ", one, " b) ", other, " c, or a ", one, " (b ", other, " c)"));
  }

  absl::StatusOr<Expression> ParseFactor(size_t depth) {
    if (depth >= limits_.max_depth) {
      return absl::InvalidArgumentError(absl::StrCat("column ", token_.column,
                                                     ": parentheses and NOT are deeper than the ", limits_.max_depth,
                                                     " that are allowed"));
    }
    if (token_.IsWord("NOT") || token_.Is("-")) {
      AMPSTREAM_RETURN_IF_ERROR(Advance());
      AMPSTREAM_ASSIGN_OR_RETURN(Expression operand, ParseFactor(depth + 1));
      Expression negation;
      negation.kind = Kind::kNot;
      negation.operands.push_back(std::move(operand));
      return negation;
    }
    if (!token_.Is("(")) return ParseComparison();
    AMPSTREAM_RETURN_IF_ERROR(Advance());
    AMPSTREAM_ASSIGN_OR_RETURN(Expression inner, ParseSequence(depth + 1));
    if (!token_.Is(")")) return Unexpected("AND, OR or )");
    AMPSTREAM_RETURN_IF_ERROR(Advance());
    return inner;
  }

  absl::StatusOr<Expression> ParseComparison() {
    if (++terms_ > limits_.max_terms) {
      return absl::InvalidArgumentError(absl::StrCat("column ", token_.column, ": there are more comparisons than the ",
                                                     limits_.max_terms, " that are allowed"));
    }
    Expression expression;
    Comparison& comparison = expression.comparison;
    AMPSTREAM_RETURN_IF_ERROR(ParsePath(&comparison.path));
    comparison.comparator_column = token_.column;
    if (!TakesComparator(&comparison.comparator)) return Unexpected(kComparators);
    AMPSTREAM_RETURN_IF_ERROR(Advance());
    AMPSTREAM_ASSIGN_OR_RETURN(comparison.literal, ParseLiteral(comparison.comparator));
    return expression;
  }

  absl::Status ParsePath(std::vector<PathPart>* path) {
    const bool is_keyword = token_.IsWord("AND") || token_.IsWord("OR") || token_.IsWord("NOT");
    if (token_.kind != Token::Kind::kWord || is_keyword) return Unexpected("a path such as user_id, NOT or (");
    while (true) {
      const bool is_name = token_.kind == Token::Kind::kWord || token_.kind == Token::Kind::kString;
      if (!is_name) return Unexpected("a name, in quotes if it is no word");
      const std::string name = token_.kind == Token::Kind::kWord
                                   ? std::string(token_.written)
                                   : absl::StrCat(token_.text, token_.is_prefix ? "*" : "");
      path->push_back({name, token_.column});
      AMPSTREAM_RETURN_IF_ERROR(Advance());
      if (!token_.Is(".")) return absl::OkStatus();
      AMPSTREAM_RETURN_IF_ERROR(Advance());
    }
  }

  bool TakesComparator(Comparator* comparator) const {
    for (const Comparator one : {Comparator::kEqual, Comparator::kNotEqual, Comparator::kLess, Comparator::kLessOrEqual,
                                 Comparator::kGreater, Comparator::kGreaterOrEqual, Comparator::kHas}) {
      if (!token_.Is(SymbolOf(one))) continue;
      *comparator = one;
      return true;
    }
    return false;
  }

  absl::StatusOr<Literal> ParseLiteral(Comparator comparator) {
    Literal literal;
    literal.column = token_.column;
    const bool is_negative = token_.Is("-");
    if (is_negative) AMPSTREAM_RETURN_IF_ERROR(Advance());
    if (token_.kind == Token::Kind::kNumber) {
      literal.kind = Literal::Kind::kNumber;
      literal.text = absl::StrCat(is_negative ? "-" : "", token_.written);
    } else if (is_negative) {
      return Unexpected("a number");
    } else if (token_.kind == Token::Kind::kString) {
      literal.kind = Literal::Kind::kString;
      literal.text = token_.text;
      literal.is_prefix = token_.is_prefix;
    } else if (token_.IsWord("true") || token_.IsWord("false")) {
      literal.kind = Literal::Kind::kBool;
      literal.is_true = token_.IsWord("true");
    } else if (!token_.Is("*") || comparator != Comparator::kHas) {
      return Unexpected(comparator == Comparator::kHas ? "* or a value: a text in quotes, a number, true or false"
                                                       : "a value: a text in quotes, a number, true or false");
    }
    if (literal.is_prefix && comparator != Comparator::kEqual)
      return SyntaxError(literal.column, absl::StrCat("a * at the end of a text after ", SymbolOf(comparator)),
                         "= for a prefix, or \\* for the character");
    AMPSTREAM_RETURN_IF_ERROR(Advance());
    return literal;
  }

  ExpressionLexer lexer_;
  const ExpressionLimits limits_;
  Token token_;
  size_t terms_ = 0;
};

}  // namespace

absl::StatusOr<Expression> ParseExpression(absl::string_view text, const ExpressionLimits& limits) {
  if (text.size() > limits.max_bytes) {
    return absl::InvalidArgumentError(absl::StrCat("the expression's ", text.size(), " bytes are more than the ",
                                                   limits.max_bytes, " that are allowed"));
  }
  return Parser(text, limits).Parse();
}

}  // namespace ampstream
