#include "tests/benchmarks/compare/socket_subscribers.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "server/base/status_macros.h"
#include "tests/benchmarks/compare/load.h"

namespace ampstream {
namespace {

constexpr int kStop = -1;
constexpr size_t kEventsAtOnce = 64;

void Watch(int epoll, int fd, int index) {
  epoll_event event = {};
  event.events = EPOLLIN;
  event.data.fd = index;
  epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

}  // namespace

SocketSubscribers::SocketSubscribers(const SubscribeProtocol& protocol, EventSink& sink)
    : protocol_(protocol), sink_(sink), epoll_(epoll_create1(EPOLL_CLOEXEC)), stop_(eventfd(0, EFD_CLOEXEC)) {
  Watch(epoll_, stop_, kStop);
}

absl::StatusOr<std::unique_ptr<SocketSubscribers>> SocketSubscribers::Connect(const SubscribeProtocol& protocol,
                                                                              int port, const SubscriberSet& set,
                                                                              EventSink& sink) {
  std::unique_ptr<SocketSubscribers> subscribers(new SocketSubscribers(protocol, sink));
  for (int i = 0; i < set.connections; ++i) {
    const int more = i < set.count % set.connections ? 1 : 0;
    AMPSTREAM_RETURN_IF_ERROR(subscribers->Add(port, set.count / set.connections + more, set.from));
  }
  subscribers->thread_ = std::thread([&subscribers = *subscribers] { subscribers.ReadLoop(); });
  return subscribers;
}

// What has come with the answer may be events already.
absl::Status SocketSubscribers::Add(int port, int subscribers, From from) {
  const int index = static_cast<int>(connections_.size());
  AMPSTREAM_ASSIGN_OR_RETURN(Socket socket, Socket::Connect(port, kPatience));
  AMPSTREAM_RETURN_IF_ERROR(socket.Send(protocol_.Request(subscribers_, subscribers - 1, from)));
  std::string received;
  while (!absl::StrContains(received, protocol_.Answer())) AMPSTREAM_RETURN_IF_ERROR(socket.Receive(&received));
  if (received.size() > Connection::kBufferBytes)
    return absl::ResourceExhaustedError("more came before the answer than a subscriber's buffer holds");
  Watch(epoll_, socket.fd(), index);
  connections_.emplace_back(std::move(socket), subscribers_);
  subscribers_ += subscribers;
  Connection& one = connections_.back();
  std::copy(received.begin(), received.end(), one.buffer.begin());
  one.size = received.size();
  Deliver(index);
  return absl::OkStatus();
}

absl::Status SocketSubscribers::status() const {
  if (closed_ == 0) return absl::OkStatus();
  return absl::UnavailableError(
      absl::StrCat("the server has closed the connections of ", closed_.load(), " subscribers"));
}

SocketSubscribers::~SocketSubscribers() {
  const uint64_t one = 1;
  if (thread_.joinable() && write(stop_, &one, sizeof(one)) == sizeof(one)) thread_.join();
  close(epoll_);
  close(stop_);
}

void SocketSubscribers::ReadLoop() {
  std::array<epoll_event, kEventsAtOnce> events;
  for (;;) {
    const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < count; ++i) {
      const int index = events[static_cast<size_t>(i)].data.fd;
      if (index == kStop) return;
      ReadOne(index);
    }
  }
}

void SocketSubscribers::ReadOne(int index) {
  Connection& one = connections_[static_cast<size_t>(index)];
  const ssize_t received =
      recv(one.socket.fd(), one.buffer.data() + one.size, one.buffer.size() - one.size, MSG_DONTWAIT);
  if (received < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (received <= 0) {
    ++closed_;
    epoll_ctl(epoll_, EPOLL_CTL_DEL, one.socket.fd(), nullptr);
    return;
  }
  one.size += static_cast<size_t>(received);
  Deliver(index);
}

void SocketSubscribers::Deliver(int index) {
  Connection& one = connections_[static_cast<size_t>(index)];
  const absl::Time now = absl::Now();
  reply_.clear();
  const size_t taken = protocol_.Deliver(
      {one.buffer.data(), one.size},
      [this, &one, now](int place, absl::string_view event) { sink_.OnEvent(one.first + place, now, event); }, &reply_);
  one.size -= taken;
  std::memmove(one.buffer.data(), one.buffer.data() + taken, one.size);
  if (!reply_.empty() && !one.socket.Send(reply_).ok()) ++closed_;
}

}  // namespace ampstream
