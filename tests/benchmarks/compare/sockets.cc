#include "tests/benchmarks/compare/sockets.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace ampstream {
namespace {

constexpr size_t kReadSize = 16 << 10;
constexpr absl::Duration kMostSilence = absl::Seconds(60);
constexpr absl::Duration kBetweenTries = absl::Milliseconds(2);

sockaddr_in Loopback(int port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

bool TryConnect(int fd, int port) {
  const sockaddr_in address = Loopback(port);
  return connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
}

}  // namespace

absl::StatusOr<Socket> Socket::Connect(int port, absl::Duration patience) {
  const absl::Time deadline = absl::Now() + patience;
  do {
    Socket one = Make();
    if (TryConnect(one.fd_, port)) return one;
    absl::SleepFor(kBetweenTries);  // Nothing tells that a program listens.
  } while (absl::Now() < deadline);
  return absl::UnavailableError(absl::StrCat("nothing listens on port ", port));
}

Socket Socket::Make() {
  Socket one(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int yes = 1;
  setsockopt(one.fd_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
  const timeval most = absl::ToTimeval(kMostSilence);
  setsockopt(one.fd_, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof(most));
  setsockopt(one.fd_, SOL_SOCKET, SO_SNDTIMEO, &most, sizeof(most));
  return one;
}

Socket::Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

Socket::~Socket() {
  if (fd_ >= 0) close(fd_);
}

absl::Status Socket::Send(absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return absl::UnavailableError("a connection broke, or was not read, while it was sent to");
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return absl::OkStatus();
}

absl::Status Socket::Receive(std::string* buffer) {
  const size_t before = buffer->size();
  buffer->resize(before + kReadSize);
  ssize_t received = 0;
  do {
    received = recv(fd_, &(*buffer)[before], kReadSize, 0);
  } while (received < 0 && errno == EINTR);
  buffer->resize(before + static_cast<size_t>(std::max<ssize_t>(received, 0)));
  return received > 0 ? absl::OkStatus()
                      : absl::UnavailableError("a connection was closed by the server, or nothing came on it");
}

absl::StatusOr<int> FreePort() {
  const Socket listener = Socket::Make();
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof(address);
  if (bind(listener.fd(), reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
      getsockname(listener.fd(), reinterpret_cast<sockaddr*>(&address), &size) != 0)
    return absl::UnavailableError("no port is free");
  return ntohs(address.sin_port);
}

}  // namespace ampstream
