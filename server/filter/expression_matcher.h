#ifndef AMPSTREAM_SERVER_FILTER_EXPRESSION_MATCHER_H_
#define AMPSTREAM_SERVER_FILTER_EXPRESSION_MATCHER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/filter/expression_parser.h"

namespace ampstream {

// A filter expression, checked against the schema of Event and made ready to be asked of encoded events: one walk over
// the fields that it names. Immutable; thread-safe.
//
// A comparison with a field that is absent, or null, matches nothing; of a repeated field, or a list in a free map, one
// element is enough.
class ExpressionMatcher {
 public:
  // INVALID_ARGUMENT: `column COLUMN: found FOUND, expected EXPECTED`, or the limit that it goes beyond.
  static absl::StatusOr<std::shared_ptr<const ExpressionMatcher>> Compile(absl::string_view text,
                                                                          const ExpressionLimits& limits);

  ~ExpressionMatcher();

  // Of an encoded v1.Event. What damaged bytes do not tell is absent.
  bool Matches(absl::string_view encoded_event) const;

  // A text that a field must equal wherever the expression holds.
  struct Equality {
    std::string path;  // As it was written.
    std::string value;
  };
  const std::vector<Equality>& required() const { return required_; }

  // The expression in its normal form: the same for all that are equal but for the way they are written.
  const std::string& normalized() const { return normalized_; }

 private:
  class Compiler;
  class Evaluation;
  struct Node;
  struct Step;

  ExpressionMatcher();

  std::string normalized_;
  std::vector<Equality> required_;
  std::vector<Node> nodes_;  // A tree over the fields that are named; the first is Event.
  std::vector<Step> steps_;  // The expression, operands before their operator.
  size_t terms_ = 0;
};

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_FILTER_EXPRESSION_MATCHER_H_
