#ifndef AMPSTREAM_TESTS_BENCHMARKS_SERVER_PROCESS_H_
#define AMPSTREAM_TESTS_BENCHMARKS_SERVER_PROCESS_H_

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace ampstream {

// An ampstreamd of its own: a child process on free ports of the loopback, its own log lines dropped.
// Thread-compatible.
class ServerProcess {
 public:
  // The secret of its one source, `default`.
  static constexpr absl::string_view kSecret = "benchmark-secret";

  // Waits for its ready line. `binary` is ampstreamd's path. Its log is in that folder, or, without one, in memory.
  static absl::StatusOr<std::unique_ptr<ServerProcess>> Start(const std::string& binary,
                                                              const std::string& data_dir = "");

  // Kills it if Stop has not ended it.
  ~ServerProcess();

  int http_port() const { return http_port_; }
  // host:port.
  const std::string& grpc_address() const { return grpc_address_; }
  pid_t pid() const { return pid_; }

  // User and system time that it has taken so far, over all its threads.
  absl::Duration CpuTime() const;

  // What it holds of the machine's memory now.
  int64_t RssBytes() const;

  // Asks it to drain, and waits. An error: it did not end by itself, or not with exit code 0.
  absl::Status Stop();

 private:
  ServerProcess(pid_t pid, int http_port, std::string grpc_address)
      : pid_(pid), http_port_(http_port), grpc_address_(std::move(grpc_address)) {}

  pid_t pid_;  // 0: it has ended.
  const int http_port_;
  const std::string grpc_address_;
};

}  // namespace ampstream

#endif  // AMPSTREAM_TESTS_BENCHMARKS_SERVER_PROCESS_H_
