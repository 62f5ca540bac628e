#include "server/base/acceptor.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/logging.h"

namespace ampstream {
namespace {

constexpr int kAcceptsATurn = 64;
constexpr absl::Duration kRest = absl::Milliseconds(100);
constexpr absl::Duration kSayEvery = absl::Minutes(1);

std::string PeerName(const sockaddr_storage& address) {
  char name[INET6_ADDRSTRLEN] = "";
  if (address.ss_family == AF_INET) {
    inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in&>(address).sin_addr, name, sizeof(name));
  } else if (address.ss_family == AF_INET6) {
    inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr, name, sizeof(name));
  }
  return name;
}

void SendAtOnce(int fd) {
  const int yes = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
}

}  // namespace

Acceptor::Acceptor(int listening_fd, int epoll_fd) : listening_fd_(listening_fd), epoll_fd_(epoll_fd) { Resume(); }

Acceptor::~Acceptor() { Close(); }

void Acceptor::Accept(absl::Time now, absl::FunctionRef<void(int fd, std::string peer)> accepted) {
  for (int i = 0; i < kAcceptsATurn && listening_fd_ >= 0 && resume_at_ == absl::InfiniteFuture(); ++i) {
    sockaddr_storage address = {};
    socklen_t size = sizeof(address);
    const int fd = accept4(listening_fd_, reinterpret_cast<sockaddr*>(&address), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
      SendAtOnce(fd);
      accepted(fd, PeerName(address));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      return;
    } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      Rest(now, errno);
    }
    // All else ails the one connection alone.
  }
}

void Acceptor::Rest(absl::Time now, int error) {
  if (now >= say_again_) {
    Log(Severity::kWarning, absl::StrCat("no connection can be accepted now: ", std::strerror(error)));
    say_again_ = now + kSayEvery;
  }
  epoll_ctl(epoll_fd_, EPOLL_CTL_DEL, listening_fd_, nullptr);
  resume_at_ = now + kRest;
}

void Acceptor::Resume() {
  resume_at_ = absl::InfiniteFuture();
  epoll_event event = {};
  event.events = EPOLLIN;
  event.data.ptr = nullptr;
  epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, listening_fd_, &event);
}

void Acceptor::Close() {
  if (listening_fd_ >= 0) close(listening_fd_);
  listening_fd_ = -1;
  resume_at_ = absl::InfiniteFuture();
}

}  // namespace ampstream
