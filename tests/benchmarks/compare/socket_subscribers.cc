#include "tests/benchmarks/compare/socket_subscribers.h"

#include <errno.h>
#include <sys/socket.h>

#include <cstring>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "server/base/status_macros.h"
#include "tests/benchmarks/compare/load.h"
#include "tests/benchmarks/compare/sockets.h"

namespace ampstream {

// One, with the subscribers on it.
class SocketSubscribers::Connection final : public ReadLoop::Connection {
 public:
  // `first`: the number of its first subscriber.
  Connection(SocketSubscribers& all, Socket socket, int first)
      : all_(all), socket_(std::move(socket)), first_(first), buffer_(kBufferBytes) {}

  // What has come with the answer may be events already, and many: a replay does not wait.
  absl::Status Subscribe(int subscribers, From from) {
    const SubscribeProtocol& protocol = all_.protocol_;
    AMPSTREAM_RETURN_IF_ERROR(socket_.Send(protocol.Request(first_, subscribers - 1, from)));
    std::string received;
    while (!absl::StrContains(received, protocol.Answer())) AMPSTREAM_RETURN_IF_ERROR(socket_.Receive(&received));
    if (received.size() > buffer_.size()) buffer_.resize(received.size());
    std::memcpy(buffer_.data(), received.data(), received.size());
    size_ = received.size();
    return Deliver() ? absl::OkStatus() : absl::UnavailableError("the server does not take what a subscriber says");
  }

  int fd() const override { return socket_.fd(); }

  bool OnReadable() override {
    const ssize_t received = recv(fd(), buffer_.data() + size_, buffer_.size() - size_, MSG_DONTWAIT);
    if (received < 0 && (errno == EAGAIN || errno == EINTR)) return true;
    size_ += received > 0 ? static_cast<size_t>(received) : 0;
    if (received > 0 && Deliver()) return true;
    ++all_.closed_;
    return false;
  }

 private:
  static constexpr size_t kBufferBytes = 512 << 10;

  // Hands on what is whole, and answers it. False: it cannot be answered.
  bool Deliver() {
    const absl::Time now = absl::Now();
    reply_.clear();
    const size_t taken = all_.protocol_.Deliver(
        {buffer_.data(), size_},
        [this, now](int place, absl::string_view event) { all_.sink_.OnEvent(first_ + place, now, event); }, &reply_);
    size_ -= taken;
    std::memmove(buffer_.data(), buffer_.data() + taken, size_);
    return reply_.empty() || socket_.Send(reply_).ok();
  }

  SocketSubscribers& all_;
  Socket socket_;
  const int first_;
  std::vector<char> buffer_;
  size_t size_ = 0;  // Of what stands at its beginning: the part of a message.
  std::string reply_;
};

absl::StatusOr<std::unique_ptr<SocketSubscribers>> SocketSubscribers::Connect(const SubscribeProtocol& protocol,
                                                                              int port, const SubscriberSet& set,
                                                                              EventSink& sink) {
  std::unique_ptr<SocketSubscribers> subscribers(new SocketSubscribers(protocol, sink));
  for (int i = 0; i < set.connections; ++i) {
    const int more = i < set.count % set.connections ? 1 : 0;
    AMPSTREAM_RETURN_IF_ERROR(subscribers->Add(port, set.count / set.connections + more, set.from));
  }
  AMPSTREAM_RETURN_IF_ERROR(subscribers->loop_.Start());
  return subscribers;
}

SocketSubscribers::SocketSubscribers(const SubscribeProtocol& protocol, EventSink& sink)
    : protocol_(protocol), sink_(sink) {}

SocketSubscribers::~SocketSubscribers() = default;

absl::Status SocketSubscribers::Add(int port, int subscribers, From from) {
  AMPSTREAM_ASSIGN_OR_RETURN(Socket socket, Socket::Connect(port, kPatience));
  connections_.push_back(std::make_unique<Connection>(*this, std::move(socket), subscribers_));
  subscribers_ += subscribers;
  AMPSTREAM_RETURN_IF_ERROR(connections_.back()->Subscribe(subscribers, from));
  return loop_.Add(connections_.back().get());
}

absl::Status SocketSubscribers::status() const {
  if (closed_ == 0) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat("the server has closed ", closed_.load(), " connections of subscribers"));
}

}  // namespace ampstream
