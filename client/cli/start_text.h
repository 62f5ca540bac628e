#ifndef AMPSTREAM_CLIENT_CLI_START_TEXT_H_
#define AMPSTREAM_CLIENT_CLI_START_TEXT_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "ampstream/v1/event_service.pb.h"

namespace ampstream {

// Whether `text` has the form of a cursor: 1 to 32 of `[A-Za-z0-9_-]`, the first a letter.
bool HasCursorForm(absl::string_view text);

// Sets the start of `request` from what a person typed after `--from`:
//
//   latest, earliest            the words; they win over a cursor that would look so
//   last:20                     the last 20 events that match
//   2026-01-31T08:00:00Z        a time, RFC 3339
//   2026-01-31                  the start of that day, UTC
//   -10m, -1h30m                so long before `now`; units h, m, s, ms
//   anything of a cursor's form a cursor; the server checks it
//
// INVALID_ARGUMENT: none of these, or a word shorter than a cursor and near to one of the words; the message is for the
// person, without the flag's name.
absl::Status SetStart(absl::string_view text, absl::Time now, v1::SubscribeRequest* request);

}  // namespace ampstream

#endif  // AMPSTREAM_CLIENT_CLI_START_TEXT_H_
