#ifndef AMPSTREAM_SERVER_BASE_HOST_PORT_H_
#define AMPSTREAM_SERVER_BASE_HOST_PORT_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace ampstream {

// An address to listen on: `127.0.0.1:8080`, `localhost:0`, `[::1]:50051`. A value.
struct HostPort {
  std::string host;  // Without brackets.
  int port = 0;      // 0: any free one.

  // INVALID_ARGUMENT: no host, no port, or a port beyond 65535.
  static absl::StatusOr<HostPort> Parse(absl::string_view text);

  // As parsed; an IPv6 host in brackets.
  std::string ToString() const;

  // Whether only this machine can connect: 127.0.0.0/8, ::1, localhost.
  bool IsLoopback() const;
};

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_BASE_HOST_PORT_H_
