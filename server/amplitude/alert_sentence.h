#ifndef AMPSTREAM_SERVER_AMPLITUDE_ALERT_SENTENCE_H_
#define AMPSTREAM_SERVER_AMPLITUDE_ALERT_SENTENCE_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"

namespace ampstream {

// What a monitor's sentence says: `2026-01-02 14:00:00: 44.4 is lower than the threshold 55.0.`
struct AlertSentence {
  absl::Time time;
  double value;
  std::string condition;  // "lower" or "higher".
  double threshold;
};

// Nothing: the sentence has another form. The digits of its numbers may be grouped by commas.
absl::optional<AlertSentence> ParseAlertSentence(absl::string_view text);

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_AMPLITUDE_ALERT_SENTENCE_H_
