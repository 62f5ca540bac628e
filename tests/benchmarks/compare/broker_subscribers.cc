#include "tests/benchmarks/compare/broker_subscribers.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <string>

#include "absl/strings/match.h"
#include "absl/time/time.h"
#include "server/base/status_macros.h"

namespace ampstream {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(10);
constexpr int kStop = -1;
constexpr size_t kEventsAtOnce = 64;

void Watch(int epoll, int fd, int index) {
  epoll_event event = {};
  event.events = EPOLLIN;
  event.data.fd = index;
  epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

}  // namespace

BrokerSubscribers::BrokerSubscribers(const Broker& broker, ArrivalOrder& order)
    : broker_(broker), order_(order), epoll_(epoll_create1(EPOLL_CLOEXEC)), stop_(eventfd(0, EFD_CLOEXEC)) {
  Watch(epoll_, stop_, kStop);
}

absl::StatusOr<std::unique_ptr<BrokerSubscribers>> BrokerSubscribers::Connect(const Broker& broker, int port, int count,
                                                                              ArrivalOrder& order) {
  std::unique_ptr<BrokerSubscribers> subscribers(new BrokerSubscribers(broker, order));
  for (int i = 0; i < count; ++i) AMPSTREAM_RETURN_IF_ERROR(subscribers->Add(port));
  subscribers->thread_ = std::thread([&subscribers = *subscribers] { subscribers.ReadLoop(); });
  return subscribers;
}

absl::Status BrokerSubscribers::Add(int port) {
  AMPSTREAM_ASSIGN_OR_RETURN(Socket socket, Socket::Connect(port, kPatience));
  AMPSTREAM_RETURN_IF_ERROR(socket.Send(broker_.SubscribeRequest()));
  std::string answer;
  while (!absl::StrContains(answer, broker_.SubscribeAnswer())) AMPSTREAM_RETURN_IF_ERROR(socket.Receive(&answer));
  Watch(epoll_, socket.fd(), static_cast<int>(connections_.size()));
  connections_.emplace_back(std::move(socket));
  return absl::OkStatus();
}

BrokerSubscribers::~BrokerSubscribers() {
  const uint64_t one = 1;
  if (thread_.joinable() && write(stop_, &one, sizeof(one)) == sizeof(one)) thread_.join();
  close(epoll_);
  close(stop_);
}

void BrokerSubscribers::ReadLoop() {
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

void BrokerSubscribers::ReadOne(int index) {
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
  const size_t taken = broker_.Deliver({one.buffer.data(), one.size},
                                       [this, index](absl::string_view event) { order_.OnEvent(index, event); });
  one.size -= taken;
  std::memmove(one.buffer.data(), one.buffer.data() + taken, one.size);
}

}  // namespace ampstream
