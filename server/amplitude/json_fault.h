#ifndef AMPSTREAM_SERVER_AMPLITUDE_JSON_FAULT_H_
#define AMPSTREAM_SERVER_AMPLITUDE_JSON_FAULT_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace ampstream {

// Where and why a body is not what we take as JSON (RFC 8259; an object or an array at the top, nested no deeper than
// `max_depth`): NotJson with the offset of the first fault, or OK. The parser is faster but does not say where; this
// reads byte by byte, and only what the parser has refused.
absl::Status FindJsonFault(absl::string_view body, int max_depth);

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_AMPLITUDE_JSON_FAULT_H_
