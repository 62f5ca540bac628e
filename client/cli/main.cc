// ampstream, the command line of ampstreamd.

#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <string>
#include <variant>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "client/cli/command_line.h"
#include "client/cli/flags.h"
#include "client/cli/get.h"
#include "client/cli/info.h"
#include "client/cli/line_writer.h"
#include "client/cli/list.h"
#include "client/cli/notices.h"
#include "client/cli/send.h"
#include "client/cli/tail.h"

namespace ampstream {
namespace {

enum ExitCode { kDone = 0, kFailed = 1, kUsage = 2 };

int Say(const absl::Status& error, ExitCode code) {
  Notices(LogLevel::kError).Say(LogLevel::kError, error.message());
  return code;
}

std::string Secret() {
  const char* const secret = std::getenv("AMPSTREAM_WEBHOOK_SECRET");
  return secret == nullptr ? "" : secret;
}

// Not by std::visit, which may throw.
absl::Status RunCommand(const CommandLine& line, LineWriter& out, const Notices& notices) {
  if (const auto* tail = std::get_if<TailOptions>(&line.command)) return Run(*tail, out, notices);
  if (const auto* send = std::get_if<SendOptions>(&line.command)) return Run(*send, out, notices);
  if (const auto* get = std::get_if<GetOptions>(&line.command)) return Run(*get, out, notices);
  if (const auto* list = std::get_if<ListOptions>(&line.command)) return Run(*list, out, notices);
  return Run(*std::get_if<InfoOptions>(&line.command), out, notices);
}

int Main(int argc, const char* const* argv) {
  // A pipe that was closed is an error of write(), not the end by a signal: the work then ends quietly.
  std::signal(SIGPIPE, SIG_IGN);
  LineWriter out(STDOUT_FILENO);
  const absl::StatusOr<Flags> flags = ParseFlags(argc, argv);
  if (!flags.ok()) return Say(flags.status(), kUsage);
  if (!flags->answer.empty()) {
    out.Write(flags->answer);
    return out.status().ok() ? kDone : Say(out.status(), kFailed);
  }
  const absl::StatusOr<CommandLine> line = CheckFlags(*flags, Secret(), absl::Now());
  if (!line.ok()) return Say(line.status(), kUsage);
  const Notices notices(line->log_level);
  const absl::Status status = RunCommand(*line, out, notices);
  return status.ok() ? kDone : Say(status, kFailed);
}

}  // namespace
}  // namespace ampstream

int main(int argc, char** argv) { return ampstream::Main(argc, argv); }
