#include "tests/benchmarks/compare/read_loop.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cstdint>

#include "server/base/status_macros.h"

namespace ampstream {
namespace {

constexpr size_t kEventsAtOnce = 64;

// `data`: nullptr for what ends the loop.
absl::Status Watch(int epoll, int fd, void* data) {
  epoll_event event = {};
  event.events = EPOLLIN;
  event.data.ptr = data;
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0) return absl::OkStatus();
  return absl::ErrnoToStatus(errno, "cannot wait for a connection");
}

}  // namespace

ReadLoop::ReadLoop() : epoll_(epoll_create1(EPOLL_CLOEXEC)), stop_(eventfd(0, EFD_CLOEXEC)) {}

ReadLoop::~ReadLoop() {
  const uint64_t one = 1;
  if (thread_.joinable() && write(stop_, &one, sizeof(one)) == sizeof(one)) thread_.join();
  close(epoll_);
  close(stop_);
}

absl::Status ReadLoop::Add(Connection* connection) { return Watch(epoll_, connection->fd(), connection); }

absl::Status ReadLoop::Start() {
  AMPSTREAM_RETURN_IF_ERROR(Watch(epoll_, stop_, nullptr));
  thread_ = std::thread([this] { Run(); });
  return absl::OkStatus();
}

void ReadLoop::Run() {
  std::array<epoll_event, kEventsAtOnce> events;
  for (;;) {
    const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
    if (count < 0 && errno != EINTR) return;  // Then nothing comes any more, and whoever awaits it says so.
    for (int i = 0; i < count; ++i) {
      auto* const connection = static_cast<Connection*>(events[static_cast<size_t>(i)].data.ptr);
      if (connection == nullptr) return;
      if (!connection->OnReadable()) epoll_ctl(epoll_, EPOLL_CTL_DEL, connection->fd(), nullptr);
    }
  }
}

}  // namespace ampstream
