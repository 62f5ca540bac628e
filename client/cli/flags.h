#ifndef AMPSTREAM_CLIENT_CLI_FLAGS_H_
#define AMPSTREAM_CLIENT_CLI_FLAGS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace ampstream {

// What was typed, as it was typed, over the environment, over the defaults. Values are not checked yet.
struct Flags {
  // Set: `--help` or `--version` was asked for; print this and do nothing.
  std::string answer;
  // `tail`, `send`, `get`, `list` or `info`.
  std::string command;

  std::string grpc_address = "127.0.0.1:50051";
  std::string log_level = "info";
  std::string output = "text";
  std::vector<std::string> types;
  std::vector<std::string> sources;
  std::vector<std::string> user_ids;
  std::string where;
  // Empty: not given.
  std::string from;
  bool until_caught_up = false;
  std::string count = "0";
  std::string cursor_file;
  std::string url = "http://127.0.0.1:8080/webhooks/amplitude/default";
  // What to send; empty: not given.
  std::string target;
  // Which event to get; empty: not given.
  std::string id;
  std::string limit = "0";
};

// Reads the command line and the environment (`AMPSTREAM_GRPC_ADDRESS`, `AMPSTREAM_URL`; set to nothing counts as not
// set). INVALID_ARGUMENT: an unknown flag or command, with the nearest known one, or a flag without a value or
// twice; one line for the person.
absl::StatusOr<Flags> ParseFlags(int argc, const char* const* argv);

}  // namespace ampstream

#endif  // AMPSTREAM_CLIENT_CLI_FLAGS_H_
