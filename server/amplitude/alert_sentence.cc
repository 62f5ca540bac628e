#include "server/amplitude/alert_sentence.h"

#include "absl/status/statusor.h"
#include "absl/strings/strip.h"
#include "server/amplitude/json_value.h"
#include "server/amplitude/number_text.h"
#include "server/amplitude/time_text.h"

namespace ampstream {
namespace {

// Takes what stands before `mark` off the text, and the mark too.
absl::optional<absl::string_view> TakeUntil(absl::string_view mark, absl::string_view* text) {
  const size_t end = text->find(mark);
  if (end == absl::string_view::npos) return absl::nullopt;
  const absl::string_view before = text->substr(0, end);
  text->remove_prefix(end + mark.size());
  return before;
}

absl::optional<double> NumberOf(absl::string_view text) {
  if (IsJsonNumber(text)) return ToDouble(text);
  std::string number;
  if (!UngroupDigits(text, &number)) return absl::nullopt;
  return ToDouble(number);
}

}  // namespace

absl::optional<AlertSentence> ParseAlertSentence(absl::string_view text) {
  const auto time_text = TakeUntil(": ", &text);
  const auto value_text = TakeUntil(" is ", &text);
  const auto condition = TakeUntil(" than the threshold ", &text);
  if (!time_text.has_value() || !value_text.has_value() || !condition.has_value()) return absl::nullopt;
  if (*condition != "lower" && *condition != "higher") return absl::nullopt;
  absl::ConsumeSuffix(&text, ".");
  const absl::StatusOr<absl::Time> time = ReadTime(JsonValue(JsonValue::Kind::kString, *time_text, *time_text));
  const absl::optional<double> value = NumberOf(*value_text);
  const absl::optional<double> threshold = NumberOf(text);
  if (!time.ok() || !value.has_value() || !threshold.has_value()) return absl::nullopt;
  return AlertSentence{*time, *value, std::string(*condition), *threshold};
}

}  // namespace ampstream
