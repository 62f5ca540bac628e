#ifndef AMPSTREAM_SERVER_COMMAND_LINE_H_
#define AMPSTREAM_SERVER_COMMAND_LINE_H_

#include <string>

#include "absl/status/statusor.h"
#include "ampstream/config/v1/config.pb.h"
#include "server/config.h"
#include "server/config_file.h"

namespace ampstream {

// What ampstreamd was asked to do.
struct CommandLine {
  enum class Action { kServe, kPrintHelp, kPrintVersion, kCheckConfig, kPrintConfig };

  Action action = Action::kServe;
  std::string help;
  bool new_epoch = false;  // For this start alone, so it is no setting.
  config::v1::Config config;
  ConfigOrigins origins;
};

// Reads flags over the environment over the file over the defaults; the file anew each time. INVALID_ARGUMENT: one line
// that names the flag, the variable or the place in the file, and what is wrong with it.
absl::StatusOr<CommandLine> ParseCommandLine(int argc, const char* const* argv, const Environment& environment);

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_COMMAND_LINE_H_
