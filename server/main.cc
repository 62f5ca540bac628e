// ampstreamd: receives Amplitude's webhooks over HTTP and streams them, typed, over gRPC.

#include <malloc.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "server/base/clock.h"
#include "server/base/logging.h"
#include "server/base/version.h"
#include "server/command_line.h"
#include "server/config.h"
#include "server/server.h"
#include "server/webhook_source.h"

namespace ampstream {
namespace {

constexpr int kExitDrained = 0;
constexpr int kExitFailed = 1;
constexpr int kExitUsage = 2;

// Beyond the time that a drain may take. gRPC's own shutdown knows no deadline.
constexpr absl::Duration kDrainGrace = absl::Seconds(5);

std::string RealEnvironment(const std::string& variable) {
  const char* const value = std::getenv(variable.c_str());
  return value == nullptr ? "" : value;
}

int Refuse(const absl::Status& status) {
  std::fprintf(stderr, "ampstreamd: %s\n", std::string(status.message()).c_str());
  return absl::IsInvalidArgument(status) ? kExitUsage : kExitFailed;
}

int Print(const std::string& text) {
  return std::fputs(text.c_str(), stdout) < 0 || std::fflush(stdout) != 0 ? kExitFailed : 0;
}

// Each connection is a descriptor, and the usual soft limit is 1024.
void RaiseDescriptorLimit() {
  rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) Log(Severity::kWarning, "the limit of open files could not be raised");
}

sigset_t ServedSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
  return signals;
}

// The configuration is read anew. Broken, or a secret cannot be had: the old one stays.
void Reload(int argc, const char* const* argv, const config::v1::Config& running, Server& server) {
  const absl::StatusOr<CommandLine> line = ParseCommandLine(argc, argv, RealEnvironment);
  const absl::Status status = line.ok() ? server.Reload(line->config, RealEnvironment) : line.status();
  if (!status.ok()) {
    Log(Severity::kError, absl::StrCat("SIGHUP: the old configuration stays: ", status.message()));
    return;
  }
  Log(Severity::kInfo, "SIGHUP: the configuration was read anew");
  for (const std::string& key : NotReloadable(running, line->config))
    Log(Severity::kWarning, absl::StrCat("SIGHUP: ", key, " has another value now, which is taken at the next start"));
}

// Returns once a signal asks for the end. From then on another one ends the process at once.
void WaitForEnd(const sigset_t& signals, const std::function<void()>& reload) {
  int signal = 0;
  while (sigwait(&signals, &signal) == 0 && signal == SIGHUP) reload();
  std::signal(SIGHUP, SIG_IGN);
  Log(Severity::kInfo, absl::StrCat("signal ", signal, ": draining; another one ends it at once"));
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

// Ends the process if it has not ended by itself in time.
void StartWatchdog(absl::Duration time) {
  std::thread([time] {
    absl::SleepFor(time);
    Log(Severity::kError, "the drain took too long; ending without it");
    _exit(kExitFailed);
  }).detach();
}

// By default glibc keeps a heap for every few threads, and each keeps what a large delivery once took.
void LimitHeaps() { mallopt(M_ARENA_MAX, 4); }

int Serve(int argc, const char* const* argv, const CommandLine& line) {
  // Before any thread is made, so that all of them have the signals blocked.
  const sigset_t signals = ServedSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
  RaiseDescriptorLimit();
  LimitHeaps();
  const absl::StatusOr<std::unique_ptr<Server>> server =
      Server::Start(line.config, RealEnvironment, Clock::Real(), line.new_epoch);
  if (!server.ok()) return Refuse(server.status());
  if (Print((*server)->ReadyLine() + "\n") != 0)
    return Refuse(absl::InternalError("cannot write the ready line to stdout"));
  WaitForEnd(signals, [&] { Reload(argc, argv, line.config, **server); });
  StartWatchdog(absl::Seconds(line.config.drain_timeout().seconds()) + kDrainGrace);
  (*server)->Drain();
  Log(Severity::kInfo, "drained");
  return kExitDrained;
}

int CheckConfig(const CommandLine& line) {
  for (const config::v1::Source& source : line.config.sources()) {
    const absl::Status status = MakeWebhookSource(source, RealEnvironment).status();
    if (!status.ok()) return Refuse(status);
  }
  return 0;
}

int Main(int argc, char** argv) {
  const absl::StatusOr<CommandLine> line = ParseCommandLine(argc, argv, RealEnvironment);
  if (!line.ok()) return Refuse(line.status());
  switch (line->action) {
    case CommandLine::Action::kServe:
      return Serve(argc, argv, *line);
    case CommandLine::Action::kPrintHelp:
      return Print(line->help);
    case CommandLine::Action::kPrintVersion:
      return Print(absl::StrCat("ampstreamd ", kVersion, "\n"));
    case CommandLine::Action::kCheckConfig:
      return CheckConfig(*line);
    case CommandLine::Action::kPrintConfig:
      return Print(PrintConfig(line->config, [&](absl::string_view key) {
        const auto origin = line->origins.find(key);
        return origin == line->origins.end() ? std::string("default") : origin->second;
      }));
  }
  return kExitFailed;
}

}  // namespace
}  // namespace ampstream

int main(int argc, char** argv) { return ampstream::Main(argc, argv); }
