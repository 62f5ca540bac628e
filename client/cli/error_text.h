#ifndef AMPSTREAM_CLIENT_CLI_ERROR_TEXT_H_
#define AMPSTREAM_CLIENT_CLI_ERROR_TEXT_H_

#include <string>

#include "absl/strings/string_view.h"
#include "client/call_error.h"

namespace ampstream {

// A failed call in one line: code, reason, message, metadata, and what to do where there is something to do:
//
//   OUT_OF_RANGE CURSOR_EXPIRED: the log begins after this cursor (oldest_cursor=A..., newest_cursor=A...); start with
//   --from A..., and take note that events are missing
//
// `address` is the server's, as the person gave it.
std::string ErrorText(const CallError& error, absl::string_view address);

// The name of a reason as in an ErrorInfo: `CURSOR_EXPIRED`.
std::string ReasonName(v1::ErrorReason reason);

}  // namespace ampstream

#endif  // AMPSTREAM_CLIENT_CLI_ERROR_TEXT_H_
