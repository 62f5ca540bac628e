#include "client/cli/reader_watch.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace ampstream {

ReaderWatch::ReaderWatch(int fd, std::function<void()> on_gone)
    : fd_(fd), on_gone_(std::move(on_gone)), stop_(::eventfd(0, EFD_CLOEXEC)) {
  if (stop_ >= 0) thread_ = std::thread([this] { Watch(); });
}

ReaderWatch::~ReaderWatch() {
  if (stop_ < 0) return;
  // Adds one to a counter that is zero: it neither waits nor fails.
  ::eventfd_write(stop_, 1);
  thread_.join();
  ::close(stop_);
}

void ReaderWatch::Watch() {
  // Errors of a descriptor are reported without being asked for: POLLERR is a pipe whose other end is closed.
  pollfd descriptors[] = {{fd_, 0, 0}, {stop_, POLLIN, 0}};
  while (::poll(descriptors, 2, -1) < 0) {
    if (errno != EINTR) return;
  }
  if (descriptors[1].revents != 0 || (descriptors[0].revents & (POLLERR | POLLHUP)) == 0) return;
  gone_ = true;
  on_gone_();
}

}  // namespace ampstream
