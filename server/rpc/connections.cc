#include "server/rpc/connections.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "server/base/host_port.h"
#include "server/base/listening_sockets.h"
#include "server/base/status_macros.h"

namespace ampstream {
namespace {

constexpr absl::Duration kLongestWait = absl::Minutes(1);

// As gRPC names it: a URI, whose brackets are escaped. Empty: it is neither IPv4 nor IPv6, or gone. Without the scope
// of link-local addresses, whose writes are therefore not gathered.
std::string PeerOf(int fd) {
  sockaddr_storage address = {};
  socklen_t size = sizeof(address);
  char host[INET6_ADDRSTRLEN] = "";
  if (getpeername(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) return "";
  if (address.ss_family == AF_INET) {
    const auto& ipv4 = reinterpret_cast<const sockaddr_in&>(address);
    inet_ntop(AF_INET, &ipv4.sin_addr, host, sizeof(host));
    return absl::StrCat("ipv4:", host, ":", ntohs(ipv4.sin_port));
  }
  if (address.ss_family != AF_INET6) return "";
  const auto& ipv6 = reinterpret_cast<const sockaddr_in6&>(address);
  if (IN6_IS_ADDR_V4MAPPED(&ipv6.sin6_addr)) {
    inet_ntop(AF_INET, &ipv6.sin6_addr.s6_addr[12], host, sizeof(host));
    return absl::StrCat("ipv4:", host, ":", ntohs(ipv6.sin6_port));
  }
  inet_ntop(AF_INET6, &ipv6.sin6_addr, host, sizeof(host));
  return absl::StrCat("ipv6:%5B", host, "%5D:", ntohs(ipv6.sin6_port));
}

// As gRPC's own listener does: pings do not find a peer that is gone while a write to it is stuck.
void SetPeerTimeout(int fd) {
  const auto milliseconds = static_cast<unsigned int>(absl::ToInt64Milliseconds(Connections::kPeerTimeout));
  setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &milliseconds, sizeof(milliseconds));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Connections>> Connections::Listen(const std::string& address) {
  AMPSTREAM_ASSIGN_OR_RETURN(HostPort host_port, HostPort::Parse(address));
  const std::vector<int> listening = ListenOn(&host_port);
  if (listening.empty()) {
    return absl::InvalidArgumentError(absl::StrCat("cannot listen on gRPC address ", address,
                                                   ": is the port taken, or the host not this machine's?"));
  }
  std::unique_ptr<Connections> connections(new Connections(listening, host_port.ToString()));
  if (connections->epoll_ < 0 || connections->stop_ < 0) return absl::InternalError("no descriptors are left");
  return connections;
}

Connections::Connections(const std::vector<int>& listening, std::string address)
    : address_(std::move(address)), epoll_(epoll_create1(EPOLL_CLOEXEC)), stop_(eventfd(0, EFD_CLOEXEC)) {
  for (const int fd : listening) acceptors_.push_back(std::make_unique<Acceptor>(fd, epoll_));
  epoll_event event = {};
  event.events = EPOLLIN;
  epoll_ctl(epoll_, EPOLL_CTL_ADD, stop_, &event);
}

Connections::~Connections() {
  Stop();
  close(stop_);
  close(epoll_);
}

void Connections::Start(std::unique_ptr<Receiver> receiver) {
  receiver_ = std::move(receiver);
  thread_ = std::thread([this] { Loop(); });
}

void Connections::Stop() {
  stopping_ = true;
  eventfd_write(stop_, 1);
  if (thread_.joinable()) thread_.join();
  acceptors_.clear();
}

int Connections::SocketOf(const std::string& peer) const {
  MutexLock lock(&mutex_);
  const auto found = socket_of_.find(peer);
  return found == socket_of_.end() ? -1 : found->second;
}

void Connections::Loop() {
  while (!stopping_) {
    Wait();
    const absl::Time now = absl::Now();
    for (const std::unique_ptr<Acceptor>& acceptor : acceptors_) {
      if (acceptor->resume_at() <= now) acceptor->Resume();
      acceptor->Accept(now, [this](int fd, const std::string&) { Take(fd); });
    }
  }
}

// Until there is one to accept, an acceptor has rested, or this is to stop.
void Connections::Wait() {
  absl::Duration left = kLongestWait;
  for (const std::unique_ptr<Acceptor>& acceptor : acceptors_)
    left = std::min(left, acceptor->resume_at() - absl::Now());
  epoll_event ready = {};
  const int64_t milliseconds = absl::ToInt64Milliseconds(left + absl::Microseconds(999));
  epoll_wait(epoll_, &ready, 1, static_cast<int>(std::max<int64_t>(milliseconds, 0)));
}

// Named first: it may have a call as soon as it is handed over.
void Connections::Take(int fd) {
  SetPeerTimeout(fd);
  std::string peer = PeerOf(fd);
  {
    MutexLock lock(&mutex_);
    if (peer_of_.size() <= static_cast<size_t>(fd)) peer_of_.resize(static_cast<size_t>(fd) + 1);
    std::string& known = peer_of_[static_cast<size_t>(fd)];
    const auto before = socket_of_.find(known);
    if (before != socket_of_.end() && before->second == fd) socket_of_.erase(before);
    known = peer;
    if (!peer.empty()) socket_of_[std::move(peer)] = fd;
  }
  Receiver::NewConnectionParameters connection;
  connection.fd = fd;
  receiver_->HandleNewConnection(&connection);
}

}  // namespace ampstream
