#include "tests/benchmarks/server_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace ampstream {
namespace {

// Becomes the server, with its standard output going to `out`. Between fork and exec only what is safe there.
[[noreturn]] void Become(const char* binary, const char* log, const char* data_dir, int out) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // It must not outlive a benchmark that is broken off.
  dup2(out, STDOUT_FILENO);
  const int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (null >= 0) dup2(null, STDERR_FILENO);
  execl(binary, binary, "--log", log, "--data-dir", data_dir, "--http-address", "127.0.0.1:0", "--grpc-address",
        "127.0.0.1:0", "--admin-address", "127.0.0.1:0", nullptr);
  _exit(127);
}

// The first line, or what there is of it.
std::string ReadLine(int fd) {
  std::string line;
  char c = 0;
  while (read(fd, &c, 1) == 1 && c != '\n') line.push_back(c);
  return line;
}

// The value of `name=value` in a ready line; empty if it is not there.
std::string ValueIn(absl::string_view line, absl::string_view name) {
  for (absl::string_view word : absl::StrSplit(line, ' ')) {
    if (absl::ConsumePrefix(&word, name) && absl::ConsumePrefix(&word, "=")) return std::string(word);
  }
  return "";
}

}  // namespace

absl::StatusOr<std::unique_ptr<ServerProcess>> ServerProcess::Start(const std::string& binary,
                                                                    const std::string& data_dir) {
  int pipe_ends[2];
  if (pipe2(pipe_ends, O_CLOEXEC) != 0) return absl::InternalError("no pipe to the server");
  setenv("AMPSTREAM_WEBHOOK_SECRET", std::string(kSecret).c_str(), 1);
  const char* const log = data_dir.empty() ? "memory" : "rocksdb";
  const char* const folder = data_dir.empty() ? "unused" : data_dir.c_str();
  const pid_t pid = fork();
  if (pid == 0) Become(binary.c_str(), log, folder, pipe_ends[1]);
  close(pipe_ends[1]);
  const std::string line = pid < 0 ? "" : ReadLine(pipe_ends[0]);
  close(pipe_ends[0]);
  const std::string http = ValueIn(line, "http");
  int port = 0;
  const bool ready = absl::SimpleAtoi(http.substr(http.rfind(':') + 1), &port);
  std::unique_ptr<ServerProcess> server(new ServerProcess(std::max(pid, 0), port, ValueIn(line, "grpc")));
  if (!ready) return absl::UnavailableError(absl::StrCat(binary, " did not get ready; it said: \"", line, "\""));
  return server;
}

ServerProcess::~ServerProcess() {
  if (pid_ == 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

absl::Duration ServerProcess::CpuTime() const {
  clockid_t clock;
  timespec time = {};
  if (clock_getcpuclockid(pid_, &clock) != 0 || clock_gettime(clock, &time) != 0) return absl::ZeroDuration();
  return absl::DurationFromTimespec(time);
}

int64_t ServerProcess::RssBytes() const {
  std::ifstream statm(absl::StrCat("/proc/", pid_, "/statm"));
  int64_t all_pages = 0;
  int64_t resident_pages = 0;
  statm >> all_pages >> resident_pages;
  return resident_pages * sysconf(_SC_PAGESIZE);
}

absl::Status ServerProcess::Stop() {
  kill(pid_, SIGTERM);
  int status = 0;
  waitpid(std::exchange(pid_, 0), &status, 0);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return absl::OkStatus();
  return absl::InternalError(absl::StrCat("the server ended badly: wait status ", status));
}

}  // namespace ampstream
