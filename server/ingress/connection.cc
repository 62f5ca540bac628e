#include "server/ingress/connection.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace ampstream {

bool SendNow(int fd, std::string* text) {
  size_t sent = 0;
  while (sent < text->size()) {
    const ssize_t n = send(fd, text->data() + sent, text->size() - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK) return false;
    if (n < 0) break;
    sent += static_cast<size_t>(n);
  }
  text->erase(0, sent);
  return true;
}

Connection::~Connection() { close(fd); }

void Connection::Note(uint32_t events) {
  is_readable = is_readable || (events & ~static_cast<uint32_t>(EPOLLOUT)) != 0;
  has_ended_ = has_ended_ || (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
}

Connection::Got Connection::Receive(char* buffer, size_t size, absl::string_view* bytes) {
  ssize_t got = 0;
  do {
    got = recv(fd, buffer, size, MSG_DONTWAIT);
  } while (got < 0 && errno == EINTR);
  if (got > 0) {
    *bytes = absl::string_view(buffer, static_cast<size_t>(got));
    // Less than was asked for: that was all, and epoll tells of more.
    is_readable = has_ended_ || bytes->size() == size;
    return Got::kBytes;
  }
  is_readable = false;
  return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) ? Got::kNothing : Got::kEnd;
}

}  // namespace ampstream
