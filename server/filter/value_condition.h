#ifndef AMPSTREAM_SERVER_FILTER_VALUE_CONDITION_H_
#define AMPSTREAM_SERVER_FILTER_VALUE_CONDITION_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "server/filter/event_path.h"
#include "server/filter/expression.h"

namespace ampstream {

// What a comparison asks of one value. A value of another type than the literal's matches nothing. Immutable;
// thread-safe.
class ValueCondition {
 public:
  // INVALID_ARGUMENT, as of SyntaxError: a literal or a comparator that does not go with what the path leads to.
  static absl::StatusOr<ValueCondition> Make(const Comparison& comparison, EventPath::Kind kind);

  // Whether it asks only whether there is a value.
  bool AsksForAny() const { return literal_ == Literal::Kind::kAny; }

  // Of a map: whether it asks for a key, and for which.
  bool AsksForKey(absl::string_view key) const { return asks_for_key_ && key == text_; }

  bool MatchesString(absl::string_view value) const;
  bool MatchesInteger(int64_t value) const;
  bool MatchesDouble(double value) const;
  bool MatchesBool(bool value) const;
  bool MatchesEventType(uint64_t value) const;
  bool MatchesTime(absl::Time value) const;

  // Of a text in a free map: it may be an integer that a double cannot hold, and the literal a number.
  bool MatchesFreeString(absl::string_view value) const;

 private:
  ValueCondition() = default;
  absl::Status SetNumber(const Comparison& comparison, EventPath::Kind kind);
  absl::Status SetText(const Comparison& comparison, EventPath::Kind kind);

  // Of a value that stands so to the literal: below it (less than 0), equal, above.
  bool Holds(int order) const;

  Comparator comparator_ = Comparator::kEqual;
  Literal::Kind literal_ = Literal::Kind::kAny;
  std::string text_;
  bool is_prefix_ = false;
  bool is_true_ = false;
  double number_ = 0;
  absl::optional<int64_t> integer_;  // Of a number that is one, if it fits.
  bool is_whole_number_ = false;     // Written as an integer, of whatever length.
  uint64_t event_type_ = 0;
  absl::Time time_;
  bool asks_for_key_ = false;
};

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_FILTER_VALUE_CONDITION_H_
