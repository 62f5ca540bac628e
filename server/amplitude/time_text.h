#ifndef AMPSTREAM_SERVER_AMPLITUDE_TIME_TEXT_H_
#define AMPSTREAM_SERVER_AMPLITUDE_TIME_TEXT_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/amplitude/json_value.h"

// Times as senders write them.
namespace ampstream {

// From a number, or a string that holds one or a date:
// - a number since 1970, below 0 before it; by its size seconds (below 1e11), milliseconds (1e14), microseconds (1e17),
//   else nanoseconds, each with any fraction;
// - RFC 3339, with `T` or a blank between date and time, 0 to 9 digits of a fraction, and without a zone for UTC;
// - `YYYY-MM-DD`, midnight UTC.
// Exact to the nanosecond; what is finer is rounded down. INVALID_ARGUMENT, with a text that follows a field's path: it
// is none of these, or outside of the years 1 to 9999.
absl::StatusOr<absl::Time> ReadTime(const JsonValue& value);

// Whether the text is a day that exists, written `YYYY-MM-DD`.
bool IsDate(absl::string_view text);

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_AMPLITUDE_TIME_TEXT_H_
