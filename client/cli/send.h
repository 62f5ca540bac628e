#ifndef AMPSTREAM_CLIENT_CLI_SEND_H_
#define AMPSTREAM_CLIENT_CLI_SEND_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "client/cli/line_writer.h"
#include "client/cli/notices.h"

namespace ampstream {

// `ampstream send [TYPE|FILE|-]`
struct SendOptions {
  // http://HOST:PORT/webhooks/amplitude/SOURCE
  std::string url;
  // Of that source; never empty.
  std::string secret;
  // Empty: a sample of each type. A type's name: a sample of it. `-`: what stdin holds. Else a file.
  std::string target;
};

// INVALID_ARGUMENT: the target is neither a type nor a file that can be read; the message is for the person, without
// the name of the argument.
absl::Status CheckTarget(absl::string_view target);

// Signs and posts, and prints each answer of the server on a line of its own; stops at the first that is not 200. The
// message of an error is for the person.
absl::Status Run(const SendOptions& options, LineWriter& out, const Notices& notices);

}  // namespace ampstream

#endif  // AMPSTREAM_CLIENT_CLI_SEND_H_
