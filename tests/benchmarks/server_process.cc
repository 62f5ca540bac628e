#include "tests/benchmarks/server_process.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "server/base/status_macros.h"

namespace ampstream {
namespace {

// The value of `name=value` in a ready line; empty if it is not there.
std::string ValueIn(absl::string_view line, absl::string_view name) {
  for (absl::string_view word : absl::StrSplit(line, ' ')) {
    if (absl::ConsumePrefix(&word, name) && absl::ConsumePrefix(&word, "=")) return std::string(word);
  }
  return "";
}

}  // namespace

absl::StatusOr<std::unique_ptr<ServerProcess>> ServerProcess::StartProgram(std::vector<std::string> command_line,
                                                                           const std::string& data_dir) {
  const bool in_memory = data_dir.empty();
  const std::string program = command_line[0];
  for (const char* const argument :
       {"--log", in_memory ? "memory" : "rocksdb", "--data-dir", in_memory ? "unused" : data_dir.c_str(),
        "--http-address", "127.0.0.1:0", "--grpc-address", "127.0.0.1:0", "--admin-address", "127.0.0.1:0"})
    command_line.emplace_back(argument);
  AMPSTREAM_ASSIGN_OR_RETURN(std::unique_ptr<ChildProcess> child,
                             ChildProcess::Start(command_line, {absl::StrCat("AMPSTREAM_WEBHOOK_SECRET=", kSecret)}));
  const std::string line = child->ReadLine();
  const std::string http = ValueIn(line, "http");
  if (PortIn(http) == 0)
    return absl::UnavailableError(absl::StrCat(program, " did not get ready; it said: \"", line, "\""));
  return std::unique_ptr<ServerProcess>(new ServerProcess(std::move(child), http, ValueIn(line, "grpc")));
}

int ServerProcess::PortIn(const std::string& address) {
  int port = 0;
  return absl::SimpleAtoi(address.substr(address.rfind(':') + 1), &port) ? port : 0;
}

}  // namespace ampstream
