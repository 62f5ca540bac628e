#include "tests/benchmarks/lanes.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "server/base/status_macros.h"
#include "tests/benchmarks/webhook_sender.h"

namespace ampstream {
namespace {

constexpr size_t kReadSize = 256 << 10;
constexpr size_t kShownOfAnswer = 300;
constexpr int kSecondsToWait = 30;

}  // namespace

absl::StatusOr<Lanes> Lanes::Connect(int port, int count) {
  Lanes lanes;
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int yes = 1;
  for (int i = 0; i < count; ++i) {
    lanes.lanes_.emplace_back();
    int& fd = lanes.lanes_.back().fd;
    fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 ||
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes)) != 0) {
      return absl::UnavailableError(absl::StrCat("cannot connect to port ", port));
    }
  }
  return lanes;
}

Lanes::Lanes(Lanes&& other) noexcept : lanes_(std::exchange(other.lanes_, {})), turn_(other.turn_) {}

Lanes::~Lanes() {
  for (const Lane& lane : lanes_)
    if (lane.fd >= 0) close(lane.fd);
}

void Lanes::Add(std::string request) { lanes_[turn_++ % lanes_.size()].requests.push_back(std::move(request)); }

absl::Status Lanes::SendAll(int64_t events) {
  const std::string expected = absl::StrCat("{\"accepted\":", events, ",");
  const int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
  const absl::Cleanup closing = [epoll_fd] { close(epoll_fd); };
  size_t busy = 0;
  for (Lane& lane : lanes_) {
    if (lane.requests.empty()) continue;
    epoll_event event = {};
    event.events = EPOLLIN;
    event.data.ptr = &lane;
    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, lane.fd, &event);
    AMPSTREAM_RETURN_IF_ERROR(SendNext(&lane));
    ++busy;
  }
  std::string buffer(kReadSize, '\0');
  std::array<epoll_event, 64> ready;
  while (busy > 0) {
    const int count = epoll_wait(epoll_fd, ready.data(), ready.size(), kSecondsToWait * 1000);
    if (count <= 0) return absl::DeadlineExceededError("no answer for half a minute");
    for (int i = 0; i < count; ++i) {
      auto* const lane = static_cast<Lane*>(ready[static_cast<size_t>(i)].data.ptr);
      AMPSTREAM_ASSIGN_OR_RETURN(const bool whole, Receive(lane, expected, &buffer));
      if (!whole) continue;
      if (lane->next == lane->requests.size()) {
        --busy;
      } else {
        AMPSTREAM_RETURN_IF_ERROR(SendNext(lane));
      }
    }
  }
  return absl::OkStatus();
}

absl::Status Lanes::SendNext(Lane* lane) {
  absl::string_view request = lane->requests[lane->next++];
  while (!request.empty()) {
    const ssize_t sent = send(lane->fd, request.data(), request.size(), MSG_NOSIGNAL);
    if (sent <= 0) return absl::UnavailableError("the server closed a connection that was sent on");
    request.remove_prefix(static_cast<size_t>(sent));
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> Lanes::Receive(Lane* lane, const std::string& expected, std::string* buffer) {
  const ssize_t got = recv(lane->fd, &(*buffer)[0], buffer->size(), 0);
  if (got <= 0) return absl::UnavailableError("the server closed a connection without an answer");
  absl::string_view answer(buffer->data(), static_cast<size_t>(got));
  if (!lane->answer.empty()) answer = lane->answer.append(answer.data(), answer.size());
  const size_t size = AnswerSize(answer);
  if (size == 0 || answer.size() < size) {
    if (lane->answer.empty()) lane->answer = std::string(answer);
    return false;
  }
  if (!absl::StartsWith(answer, "HTTP/1.1 200 ") || !absl::StrContains(answer, expected))
    return absl::InternalError(absl::StrCat("not accepted: ", answer.substr(0, kShownOfAnswer)));
  lane->answer.clear();
  return true;
}

}  // namespace ampstream
