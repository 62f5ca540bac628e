#include "server/base/listening_sockets.h"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <string>

namespace ampstream {
namespace {

constexpr int kTries = 5;  // A free port of one address may be taken on another.

using AddressList = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

AddressList Resolve(const HostPort& address) {
  addrinfo hints = {};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &found) != 0) found = nullptr;
  return AddressList(found, &freeaddrinfo);
}

// At the same place for both families.
in_port_t& PortIn(sockaddr* address) { return reinterpret_cast<sockaddr_in*>(address)->sin_port; }

void SetOption(int socket, int level, int option, int value) {
  setsockopt(socket, level, option, &value, sizeof(value));
}

int PortOf(int socket) {
  sockaddr_storage address = {};
  socklen_t size = sizeof(address);
  getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(PortIn(reinterpret_cast<sockaddr*>(&address)));
}

// -1: see errno.
int ListenOnOne(const addrinfo& one) {
  const int fd = socket(one.ai_family, one.ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, one.ai_protocol);
  if (fd < 0) return -1;
  SetOption(fd, SOL_SOCKET, SO_REUSEADDR, 1);  // No SO_REUSEPORT, with which two servers would share a port.
  if (one.ai_family == AF_INET6) SetOption(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);  // [::] is all of IPv4, too.
  if (bind(fd, one.ai_addr, one.ai_addrlen) == 0 && listen(fd, SOMAXCONN) == 0) return fd;
  const int error = errno;
  close(fd);
  errno = error;
  return -1;
}

bool IsAbsentHere(int error) { return error == EADDRNOTAVAIL || error == EAFNOSUPPORT; }

// A name may be said to have an address twice.
bool IsRepeated(const addrinfo* first, const addrinfo& one) {
  for (const addrinfo* before = first; before != &one; before = before->ai_next)
    if (before->ai_addrlen == one.ai_addrlen && std::memcmp(before->ai_addr, one.ai_addr, one.ai_addrlen) == 0)
      return true;
  return false;
}

std::vector<int> ListenOnAll(addrinfo* found, int* port) {
  std::vector<int> sockets;
  for (addrinfo* one = found; one != nullptr; one = one->ai_next) {
    PortIn(one->ai_addr) = htons(static_cast<in_port_t>(*port));
    if (IsRepeated(found, *one)) continue;
    const int fd = ListenOnOne(*one);
    if (fd < 0 && IsAbsentHere(errno)) continue;  // Such as those of IPv6.
    if (fd < 0) {
      for (const int listening : sockets) close(listening);
      return {};
    }
    *port = PortOf(fd);
    PortIn(one->ai_addr) = htons(static_cast<in_port_t>(*port));
    sockets.push_back(fd);
  }
  return sockets;
}

}  // namespace

std::vector<int> ListenOn(HostPort* address) {
  const AddressList found = Resolve(*address);
  const int tries = address->port == 0 ? kTries : 1;
  for (int i = 0; i < tries; ++i) {
    int port = address->port;
    std::vector<int> sockets = ListenOnAll(found.get(), &port);
    if (sockets.empty()) continue;
    address->port = port;
    return sockets;
  }
  return {};
}

}  // namespace ampstream
