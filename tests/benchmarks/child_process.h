#ifndef AMPSTREAM_TESTS_BENCHMARKS_CHILD_PROCESS_H_
#define AMPSTREAM_TESTS_BENCHMARKS_CHILD_PROCESS_H_

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace ampstream {

// A program that a benchmark runs beside itself; what it writes to standard error is dropped. It ends with the thread
// that started it. Thread-compatible.
class ChildProcess {
 public:
  // `command_line`: the program's path, and its arguments. `environment`: NAME=VALUE, beside this process's own.
  static absl::StatusOr<std::unique_ptr<ChildProcess>> Start(const std::vector<std::string>& command_line,
                                                             const std::vector<std::string>& environment = {});

  // Kills it if Stop has not ended it.
  ~ChildProcess();

  // The next line of its standard output, or what there is of it where it has closed that.
  std::string ReadLine();

  pid_t pid() const { return pid_; }

  // User and system time that it has taken so far, over all its threads.
  absl::Duration CpuTime() const;

  // What it holds of the machine's memory now.
  int64_t RssBytes() const;

  // Sends SIGTERM, and waits. An error: it did not end by itself, or not with exit code 0.
  absl::Status Stop();

 private:
  ChildProcess(pid_t pid, int output) : pid_(pid), output_(output) {}

  pid_t pid_;  // 0: it has ended.
  const int output_;
};

}  // namespace ampstream

#endif  // AMPSTREAM_TESTS_BENCHMARKS_CHILD_PROCESS_H_
