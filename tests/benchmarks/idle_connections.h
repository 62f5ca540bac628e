#ifndef AMPSTREAM_TESTS_BENCHMARKS_IDLE_CONNECTIONS_H_
#define AMPSTREAM_TESTS_BENCHMARKS_IDLE_CONNECTIONS_H_

#include <sys/types.h>

#include <memory>

#include "absl/status/statusor.h"

namespace ampstream {

// Connections to a port of this machine that nothing is sent on, held by a process of its own, so that both ends need
// not have their descriptors in one. Thread-compatible.
class IdleConnections {
 public:
  // Returns once all are open; of none, at once.
  static absl::StatusOr<std::unique_ptr<IdleConnections>> Open(int port, int count);

  // Closes them.
  ~IdleConnections();

 private:
  explicit IdleConnections(pid_t pid) : pid_(pid) {}

  const pid_t pid_;
};

}  // namespace ampstream

#endif  // AMPSTREAM_TESTS_BENCHMARKS_IDLE_CONNECTIONS_H_
