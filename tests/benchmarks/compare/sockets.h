#ifndef AMPSTREAM_TESTS_BENCHMARKS_COMPARE_SOCKETS_H_
#define AMPSTREAM_TESTS_BENCHMARKS_COMPARE_SOCKETS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace ampstream {

// A TCP connection over the loopback. Thread-compatible.
class Socket {
 public:
  // One that is not connected.
  static Socket Make();

  // Tries until something listens there, for up to `patience`.
  static absl::StatusOr<Socket> Connect(int port, absl::Duration patience);

  Socket(Socket&& other) noexcept;
  ~Socket();

  int fd() const { return fd_; }

  // Blocks until all is sent. An error: the peer has closed it, or did not read for a minute.
  absl::Status Send(absl::string_view bytes);

  // Appends what has come, and blocks until something has. An error: the peer has closed it, or said nothing for a
  // minute.
  absl::Status Receive(std::string* buffer);

 private:
  explicit Socket(int fd) : fd_(fd) {}
  int fd_;
};

// A port of the loopback on which nothing listens, if nobody is quicker. For a program that cannot take port 0.
absl::StatusOr<int> FreePort();

}  // namespace ampstream

#endif  // AMPSTREAM_TESTS_BENCHMARKS_COMPARE_SOCKETS_H_
