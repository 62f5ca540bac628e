#ifndef AMPSTREAM_SERVER_BASE_LOGGING_H_
#define AMPSTREAM_SERVER_BASE_LOGGING_H_

#include "absl/strings/string_view.h"

// The server's own log, on stderr: a line an entry, with time and level. Never a secret, never a payload. Thread-safe.
namespace ampstream {

enum class Severity { kInfo, kWarning, kError };

// Line ends and other control characters in the text become `\xNN`.
void Log(Severity severity, absl::string_view text);

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_BASE_LOGGING_H_
