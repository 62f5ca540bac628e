#ifndef AMPSTREAM_CLIENT_CLI_COMMAND_LINE_H_
#define AMPSTREAM_CLIENT_CLI_COMMAND_LINE_H_

#include <string>
#include <variant>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/cli/flags.h"
#include "client/cli/get.h"
#include "client/cli/info.h"
#include "client/cli/list.h"
#include "client/cli/notices.h"
#include "client/cli/send.h"
#include "client/cli/tail.h"

namespace ampstream {

// What to do, checked as far as it can be without asking a server.
struct CommandLine {
  LogLevel log_level = LogLevel::kInfo;
  std::variant<TailOptions, SendOptions, GetOptions, ListOptions, InfoOptions> command;
};

// Checks flags that ParseFlags gave without an answer; of an empty `secret` nothing can be sent. INVALID_ARGUMENT: a
// value that is none of the flag's, with the flag's name and the nearest known value; one line for the person.
absl::StatusOr<CommandLine> CheckFlags(const Flags& flags, const std::string& secret, absl::Time now);

}  // namespace ampstream

#endif  // AMPSTREAM_CLIENT_CLI_COMMAND_LINE_H_
