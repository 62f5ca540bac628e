#include "tests/benchmarks/hostile_sender.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"

namespace ampstream {
namespace {

constexpr char kPath[] = "POST /webhooks/amplitude/default HTTP/1.1\r\nHost: a\r\n";
constexpr int kKinds = 9;

std::string Posted(const std::string& headers, const std::string& body) {
  return absl::StrCat(kPath, headers, "Content-Length: ", body.size(), "\r\n\r\n", body);
}

}  // namespace

HostileSender::HostileSender(int port, int drips, uint32_t seed)
    : port_(port), random_(seed), drips_(static_cast<size_t>(drips), -1) {}

HostileSender::~HostileSender() {
  for (const int fd : drips_)
    if (fd >= 0) close(fd);
}

int HostileSender::Open() const {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval moment = {1, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &moment, sizeof(moment));
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &moment, sizeof(moment));
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port_));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) return fd;
  close(fd);
  return -1;
}

void HostileSender::SendAndLeave(const std::string& bytes, bool half_closes) {
  const int fd = Open();
  if (fd < 0) return;
  char answer[4096];
  if (send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL) > 0) {
    if (half_closes) shutdown(fd, SHUT_WR);
    if (recv(fd, answer, sizeof(answer), 0) < 0) ++acts_;  // Whatever it says.
  }
  close(fd);
}

void HostileSender::SendAndReset(const std::string& bytes) {
  const int fd = Open();
  if (fd < 0) return;
  if (send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL) < 0) ++acts_;
  const linger reset = {1, 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
  close(fd);
}

std::string HostileSender::RandomBytes(size_t size) {
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random_());
  return bytes;
}

void HostileSender::Act() {
  ++acts_;
  switch (random_() % kKinds) {
    case 0:  // A signature that is wrong, over a body to be hashed.
      return SendAndLeave(Posted(absl::StrCat("x-amplitude-signature: ", std::string(64, 'a'), "\r\n"),
                                 std::string(random_() % 2000, 'b')),
                          false);
    case 1:
      return SendAndLeave(RandomBytes(1 + random_() % 2000), false);
    case 2:  // Half a request, and no more to come.
      return SendAndLeave(absl::StrCat(kPath, "Content-Length: 1000\r\n\r\nhalf"), true);
    case 3:
      return SendAndReset(absl::StrCat(kPath, "Content-Length: 1000\r\n\r\nhalf"));
    case 4:
      return SendAndLeave(absl::StrCat(kPath, "A: ", std::string(20000, 'a')), false);
    case 5:
      return SendAndLeave(absl::StrCat(kPath, "Content-Length: 99999999999999\r\n\r\n"), false);
    case 6:  // Many requests at once, of which the first is refused.
      return SendAndLeave(Posted("", "{}") + Posted("", "{}") + Posted("", RandomBytes(100)), false);
    case 7:
      return SendAndReset("");
    default:
      return SendAndLeave(absl::StrCat(kPath, "Transfer-Encoding: chunked\r\n\r\nffffffff\r\n"), false);
  }
}

void HostileSender::Drip() {
  const std::string slow = absl::StrCat(kPath, "Content-Length: 100000\r\n\r\n");
  for (int& fd : drips_) {
    char byte = 0;
    const bool is_closed = fd >= 0 && recv(fd, &byte, 1, MSG_DONTWAIT) >= 0;
    if (is_closed) close(fd);
    if (fd < 0 || is_closed) {
      fd = Open();
      if (fd >= 0 && send(fd, slow.data(), random_() % slow.size() + 1, MSG_NOSIGNAL) < 0) continue;
    } else if (send(fd, "a", 1, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
      continue;
    }
  }
}

}  // namespace ampstream
