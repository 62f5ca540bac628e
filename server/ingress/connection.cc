#include "server/ingress/connection.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "absl/time/clock.h"

namespace ampstream {
namespace {

constexpr size_t kReadSize = 16 << 10;
constexpr absl::Duration kSendTimeout = absl::Seconds(5);
constexpr absl::Duration kLinger = absl::Seconds(1);
constexpr size_t kMostLingerBytes = 16 << 20;

// Milliseconds for poll(2), rounded up so that it does not spin before a deadline.
int MillisecondsUntil(absl::Time deadline) {
  const int64_t left = absl::ToInt64Milliseconds(deadline - absl::Now() + absl::Microseconds(999));
  return static_cast<int>(std::clamp<int64_t>(left, 0, 60 * 1000));
}

}  // namespace

Connection::Connection(int fd, int stop_fd) : fd_(fd), stop_fd_(stop_fd) {}

Connection::~Connection() { close(fd_); }

bool Connection::WaitReadable(absl::Time deadline, bool or_stop) {
  while (absl::Now() < deadline) {
    pollfd polled[] = {{fd_, POLLIN, 0}, {stop_fd_, POLLIN, 0}};
    const int ready = poll(polled, or_stop ? 2 : 1, MillisecondsUntil(deadline));
    if (ready < 0 && errno != EINTR) return false;
    if (ready > 0) return polled[0].revents != 0;
  }
  return false;
}

bool Connection::Fill(absl::Time deadline) {
  if (absl::Now() >= deadline) return false;  // However much there is: a slow sender always has one more byte.
  buffer_.resize(kReadSize);
  taken_ = 0;
  // Mostly there is something: the look before the wait saves a call.
  ssize_t got = recv(fd_, &buffer_[0], buffer_.size(), MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR) && WaitReadable(deadline, false)) {
    got = recv(fd_, &buffer_[0], buffer_.size(), MSG_DONTWAIT);
  }
  buffer_.resize(static_cast<size_t>(std::max<ssize_t>(got, 0)));
  return got > 0;
}

bool Connection::WaitForRequest(absl::Duration idle_timeout) {
  if (taken_ < buffer_.size()) return true;
  return WaitReadable(absl::Now() + idle_timeout, true) && Fill(absl::Now() + idle_timeout);
}

void Connection::BeginRequest(absl::Time deadline, size_t budget) {
  deadline_ = deadline;
  budget_ = budget;
  over_budget_ = false;
}

ssize_t Connection::Read(char* out, size_t size) {
  if (!Flush()) return -1;  // `100 Continue` goes out before its body is waited for.
  over_budget_ = budget_ == 0;
  size = std::min(size, budget_);
  if (size == 0) return 0;
  if (taken_ == buffer_.size() && !Fill(deadline_)) return 0;
  size = std::min(size, buffer_.size() - taken_);
  std::copy_n(buffer_.data() + taken_, size, out);
  taken_ += size;
  budget_ -= size;
  return static_cast<ssize_t>(size);
}

bool Connection::Flush() {
  if (unsent_.empty()) return true;  // Asked before every byte that httplib reads.
  const absl::Time deadline = absl::Now() + kSendTimeout;
  size_t sent = 0;
  while (sent < unsent_.size()) {
    const ssize_t n = send(fd_, unsent_.data() + sent, unsent_.size() - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n > 0) {
      sent += static_cast<size_t>(n);
      continue;
    }
    if (errno != EAGAIN && errno != EINTR) return false;
    pollfd polled = {fd_, POLLOUT, 0};
    if (poll(&polled, 1, MillisecondsUntil(deadline)) == 0) return false;
  }
  unsent_.clear();
  return true;
}

void Connection::CloseAfterRejection() {
  if (!Flush()) return;
  shutdown(fd_, SHUT_WR);
  const absl::Time deadline = absl::Now() + kLinger;
  for (size_t dropped = 0; dropped < kMostLingerBytes && Fill(deadline);) dropped += buffer_.size();
}

}  // namespace ampstream
