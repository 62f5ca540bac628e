#include "tests/benchmarks/child_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <fstream>
#include <utility>

#include "absl/strings/str_cat.h"

namespace ampstream {
namespace {

// As exec takes them; they live as long as the texts.
std::vector<char*> Pointers(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

std::vector<std::string> WithOwn(std::vector<std::string> environment) {
  for (char** one = environ; *one != nullptr; ++one) environment.emplace_back(*one);
  return environment;
}

// Becomes the program, with its standard output going to `out`. Between fork and exec only what is safe there.
[[noreturn]] void Become(char* const* arguments, char* const* environment, int out) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // It must not outlive a benchmark that is broken off.
  dup2(out, STDOUT_FILENO);
  const int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (null >= 0) dup2(null, STDERR_FILENO);
  execve(arguments[0], arguments, environment);
  _exit(127);
}

}  // namespace

absl::StatusOr<std::unique_ptr<ChildProcess>> ChildProcess::Start(const std::vector<std::string>& command_line,
                                                                  const std::vector<std::string>& environment) {
  int pipe_ends[2];
  if (pipe2(pipe_ends, O_CLOEXEC) != 0) return absl::InternalError("no pipe to a child process");
  const std::vector<std::string> whole_environment = WithOwn(environment);
  const std::vector<char*> arguments = Pointers(command_line);
  const std::vector<char*> variables = Pointers(whole_environment);
  const pid_t pid = fork();
  if (pid == 0) Become(arguments.data(), variables.data(), pipe_ends[1]);
  close(pipe_ends[1]);
  std::unique_ptr<ChildProcess> child(new ChildProcess(std::max(pid, 0), pipe_ends[0]));
  if (pid < 0) return absl::InternalError(absl::StrCat("cannot start ", command_line[0]));
  return child;
}

ChildProcess::~ChildProcess() {
  close(output_);
  if (pid_ == 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

std::string ChildProcess::ReadLine() {
  std::string line;
  char c = 0;
  while (read(output_, &c, 1) == 1 && c != '\n') line.push_back(c);
  return line;
}

absl::Duration ChildProcess::CpuTime() const {
  clockid_t clock;
  timespec time = {};
  if (clock_getcpuclockid(pid_, &clock) != 0 || clock_gettime(clock, &time) != 0) return absl::ZeroDuration();
  return absl::DurationFromTimespec(time);
}

int64_t ChildProcess::RssBytes() const {
  std::ifstream statm(absl::StrCat("/proc/", pid_, "/statm"));
  int64_t all_pages = 0;
  int64_t resident_pages = 0;
  statm >> all_pages >> resident_pages;
  return resident_pages * sysconf(_SC_PAGESIZE);
}

absl::Status ChildProcess::Stop() {
  kill(pid_, SIGTERM);
  int status = 0;
  waitpid(std::exchange(pid_, 0), &status, 0);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return absl::OkStatus();
  return absl::InternalError(absl::StrCat("a child process ended badly: wait status ", status));
}

}  // namespace ampstream
