#ifndef AMPSTREAM_TESTS_BENCHMARKS_SERVER_PROCESS_H_
#define AMPSTREAM_TESTS_BENCHMARKS_SERVER_PROCESS_H_

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "tests/benchmarks/child_process.h"

namespace ampstream {

// An ampstreamd of its own: a child process on free ports of the loopback. Thread-compatible.
class ServerProcess {
 public:
  // The secret of its one source, `default`.
  static constexpr absl::string_view kSecret = "benchmark-secret";

  // Waits for its ready line. `binary` is ampstreamd's path. Its log is in that folder, or, without one, in memory.
  static absl::StatusOr<std::unique_ptr<ServerProcess>> Start(const std::string& binary,
                                                              const std::string& data_dir = "") {
    return StartProgram({binary}, data_dir);
  }

  // The same with something that takes ampstreamd's flags after arguments of its own, and says the same when it is
  // ready.
  static absl::StatusOr<std::unique_ptr<ServerProcess>> StartProgram(std::vector<std::string> command_line,
                                                                     const std::string& data_dir = "");

  int http_port() const { return http_port_; }
  // host:port.
  const std::string& grpc_address() const { return grpc_address_; }
  int grpc_port() const { return PortIn(grpc_address_); }

  // As of the ChildProcess that it is; Stop asks it to drain.
  pid_t pid() const { return child_->pid(); }
  absl::Duration CpuTime() const { return child_->CpuTime(); }
  int64_t RssBytes() const { return child_->RssBytes(); }
  absl::Status Stop() { return child_->Stop(); }

 private:
  ServerProcess(std::unique_ptr<ChildProcess> child, const std::string& http_address, std::string grpc_address)
      : child_(std::move(child)), http_port_(PortIn(http_address)), grpc_address_(std::move(grpc_address)) {}

  // Of host:port; 0: there is none.
  static int PortIn(const std::string& address);

  const std::unique_ptr<ChildProcess> child_;
  const int http_port_;
  const std::string grpc_address_;
};

}  // namespace ampstream

#endif  // AMPSTREAM_TESTS_BENCHMARKS_SERVER_PROCESS_H_
