#ifndef AMPSTREAM_SERVER_FILTER_EXPRESSION_H_
#define AMPSTREAM_SERVER_FILTER_EXPRESSION_H_

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

// A filter expression as it is written (https://google.aip.dev/160; the grammar is in filter.proto), before it is known
// what its paths mean.
namespace ampstream {

enum class Comparator { kEqual, kNotEqual, kLess, kLessOrEqual, kGreater, kGreaterOrEqual, kHas };

// `=`, `!=`, ...
absl::string_view SymbolOf(Comparator comparator);

// What stands right of a comparator.
struct Literal {
  enum class Kind { kString, kNumber, kBool, kAny };  // kAny: `*`.

  Kind kind = Kind::kAny;
  std::string text;        // Of a string, without quotes and escapes; of a number, as it was written.
  bool is_prefix = false;  // Of a string: a `*` followed, which is not in the text.
  bool is_true = false;    // Of a bool.
  size_t column = 0;       // In characters, from 1 on.
};

// A part of a path.
struct PathPart {
  std::string name;
  size_t column = 0;
};

struct Comparison {
  std::vector<PathPart> path;
  Comparator comparator = Comparator::kEqual;
  size_t comparator_column = 0;
  Literal literal;
};

// A value type.
struct Expression {
  enum class Kind { kComparison, kNot, kAnd, kOr };

  Kind kind = Kind::kComparison;
  Comparison comparison;             // Of kComparison.
  std::vector<Expression> operands;  // One of kNot; two or more of kAnd and kOr.
};

// A path as it is written, with quotes where a name needs them.
std::string PrintPath(const std::vector<PathPart>& path);

// The text that parses to the same expression.
std::string Print(const Expression& expression);

// The same expression in the form that equal ones share: operands of operands taken up, each once, in one order; no NOT
// of a NOT. `a != b` and `NOT a = b` stay what they are: they differ where `a` is absent.
Expression Normalized(Expression expression);

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_FILTER_EXPRESSION_H_
