#ifndef AMPSTREAM_SERVER_FILTER_EXPRESSION_PARSER_H_
#define AMPSTREAM_SERVER_FILTER_EXPRESSION_PARSER_H_

#include <cstddef>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/filter/expression.h"

namespace ampstream {

struct ExpressionLimits {
  size_t max_bytes = 4096;
  size_t max_depth = 32;   // Of parentheses and NOT within each other.
  size_t max_terms = 200;  // Comparisons.
};

// Reads the text of an expression, which must be UTF-8. Paths are any. INVALID_ARGUMENT: `column COLUMN: found FOUND,
// expected EXPECTED`, or the limit that it goes beyond.
absl::StatusOr<Expression> ParseExpression(absl::string_view text, const ExpressionLimits& limits);

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_FILTER_EXPRESSION_PARSER_H_
