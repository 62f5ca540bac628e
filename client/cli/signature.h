#ifndef AMPSTREAM_CLIENT_CLI_SIGNATURE_H_
#define AMPSTREAM_CLIENT_CLI_SIGNATURE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace ampstream {

// The value of the header `x-amplitude-signature` for a body: HMAC-SHA256 (RFC 2104) of its bytes exactly as they are
// sent, keyed with the secret's bytes, as 64 lower-case hex digits. INTERNAL: OpenSSL failed.
absl::StatusOr<std::string> Sign(absl::string_view secret, absl::string_view body);

}  // namespace ampstream

#endif  // AMPSTREAM_CLIENT_CLI_SIGNATURE_H_
