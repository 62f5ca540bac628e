#include "server/ingress/connection_loop.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "server/base/logging.h"
#include "server/ingress/framing.h"

namespace ampstream {
namespace {

constexpr size_t kReadSize = 64 << 10;
constexpr int64_t kMostHeadBytes = 64 << 20;  // Over all connections.
constexpr size_t kTurnBytes = 256 << 10;      // Then the others have theirs.
constexpr size_t kEvents = 256;
constexpr absl::Duration kSendTimeout = absl::Seconds(10);
constexpr absl::Duration kLinger = absl::Seconds(1);
constexpr size_t kMostLingerBytes = 16 << 20;
constexpr absl::Duration kSayEvery = absl::Minutes(1);  // What the same cause may bring many times a second.
constexpr absl::Duration kLongestWait = absl::Seconds(60);

HttpAnswer TooSlow() { return ErrorAnswer(HttpError::kRequestTimeout, "the request did not come whole in time"); }

HttpAnswer TooMuch(int64_t limit, absl::string_view what) {
  return ErrorAnswer(HttpError::kOverloaded,
                     absl::StrCat("more than ", limit, " bytes of ", what, " are under way; send it again later"));
}

// Whether a part of a request has come.
bool IsPart(const Connection& connection) {
  return connection.phase == Connection::Phase::kReading && connection.reader.state() != RequestReader::State::kIdle;
}

}  // namespace

ConnectionLoop::ConnectionLoop(int listening_fd, const ConnectionLimits& limits, Service& service)
    : service_(service),
      epoll_fd_(epoll_create1(EPOLL_CLOEXEC)),
      mailbox_(std::make_shared<Mailbox>()),
      acceptor_(listening_fd, epoll_fd_),
      limits_(limits),
      buffer_(kReadSize, '\0'),
      now_(absl::Now()) {
  epoll_event event = {};
  event.events = EPOLLIN;
  event.data.ptr = nullptr;  // As of the listening socket: both are looked at then.
  epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, mailbox_->fd(), &event);
  thread_ = std::thread([this] { Run(); });
}

ConnectionLoop::~ConnectionLoop() {
  Stop(absl::InfinitePast());
  close(epoll_fd_);
}

void ConnectionLoop::SetLimits(const ConnectionLimits& limits) {
  {
    MutexLock lock(&mutex_);
    inbox_.limits = limits;
  }
  mailbox_->Wake();
}

void ConnectionLoop::Stop(absl::Time deadline) {
  if (!thread_.joinable()) return;
  {
    MutexLock lock(&mutex_);
    inbox_.stop_at = deadline;
  }
  mailbox_->Wake();
  thread_.join();
}

void ConnectionLoop::Run() {
  while (!is_stopping_ || !connections_.empty()) {
    Wait();
    std::vector<Connection*> ready = std::move(ready_);
    ready_.clear();
    for (Connection* connection : ready) Advance(*connection);
    if (!whole_.empty()) service_.Serve(std::move(whole_));
    whole_.clear();
    TakeAnswers();  // Some are answered at once.
    Expire();
    const auto is_closed = [](Connection* one) { return one->phase == Connection::Phase::kClosed; };
    ready_.erase(std::remove_if(ready_.begin(), ready_.end(), is_closed), ready_.end());
    closed_.clear();
  }
  mailbox_->Close();
}

void ConnectionLoop::Wait() {
  absl::Time next = std::min({now_ + kLongestWait, acceptor_.resume_at(), stop_at_});
  if (!deadlines_.empty()) next = std::min(next, deadlines_.begin()->first);
  const bool has_work = !ready_.empty() || !whole_.empty();
  const int64_t wait = has_work ? 0 : absl::ToInt64Milliseconds(next - now_ + absl::Microseconds(999));
  std::array<epoll_event, kEvents> events;
  const int count = epoll_wait(epoll_fd_, events.data(), events.size(), static_cast<int>(std::max<int64_t>(wait, 0)));
  now_ = absl::Now();
  bool is_called = false;
  for (int i = 0; i < count; ++i) {
    auto* const connection = static_cast<Connection*>(events[static_cast<size_t>(i)].data.ptr);
    is_called = is_called || connection == nullptr;
    if (connection == nullptr || connection->phase == Connection::Phase::kClosed) continue;
    connection->Note(events[static_cast<size_t>(i)].events);
    Advance(*connection);
  }
  if (is_called) {
    mailbox_->Sleep();
    acceptor_.Accept(now_, [this](int fd, std::string peer) { Add(fd, std::move(peer)); });
  }
  TakeInbox();
}

void ConnectionLoop::TakeInbox() {
  Inbox inbox;
  {
    MutexLock lock(&mutex_);
    std::swap(inbox, inbox_);
  }
  if (inbox.limits.has_value()) limits_ = *inbox.limits;
  if (inbox.stop_at.has_value()) StartStopping(*inbox.stop_at);
}

void ConnectionLoop::TakeAnswers() {
  for (const std::shared_ptr<Exchange>& exchange : mailbox_->Take()) {
    if (exchange->connection != nullptr) TakeBack(*exchange);
  }
}

void ConnectionLoop::StartStopping(absl::Time deadline) {
  is_stopping_ = true;
  stop_at_ = deadline;
  acceptor_.Close();
  std::vector<Connection*> idle;
  for (const auto& [connection, owned] : connections_) {
    if (connection->phase != Connection::Phase::kReading) continue;
    if (connection->reader.state() == RequestReader::State::kIdle) idle.push_back(connection);
  }
  for (Connection* connection : idle) {
    connection->is_readable = true;  // What came just now is still answered.
    Advance(*connection);
    const bool is_idle =
        connection->phase == Connection::Phase::kReading && connection->reader.state() == RequestReader::State::kIdle;
    if (is_idle) Close(*connection);
  }
}

// All ends now.
void ConnectionLoop::CutOff() {
  stop_at_ = absl::InfiniteFuture();
  std::vector<Connection*> all;
  for (const auto& [connection, owned] : connections_) all.push_back(connection);
  for (Connection* connection : all) {
    if (IsPart(*connection)) {
      Reject(*connection, TooSlow());
      Advance(*connection);
    }
    if (connection->phase == Connection::Phase::kServing) GiveUp(*connection);
    Close(*connection);
  }
}

bool ConnectionLoop::HasRoomFor(const std::string& peer) {
  const bool is_full = connections_.size() >= static_cast<size_t>(limits_.max_connections);
  if (is_full && now_ >= say_again_) {
    Log(Severity::kWarning, absl::StrCat("all ", limits_.max_connections, " connections are taken; more are refused"));
    say_again_ = now_ + kSayEvery;
  }
  const auto from_peer = connections_by_peer_.find(peer);
  const bool has_too_many = limits_.max_connections_per_peer > 0 && from_peer != connections_by_peer_.end() &&
                            from_peer->second >= limits_.max_connections_per_peer;
  return !is_full && !has_too_many;
}

void ConnectionLoop::Add(int fd, std::string peer) {
  auto owned = std::make_unique<Connection>(fd, std::move(peer));
  if (!HasRoomFor(owned->peer)) {
    bool closes = true;
    std::string answer = service_.Format(
        HttpHead(), ErrorAnswer(HttpError::kOverloaded, "too many connections; try again later"), &closes);
    SendNow(fd, &answer);
    return;
  }
  Connection& connection = *owned;
  ++connections_by_peer_[connection.peer];
  connections_.emplace(&connection, std::move(owned));
  SetReadingDeadline(connection);
  // Told once of each change, so that nothing has to be said to it between two requests.
  epoll_event event = {};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.ptr = &connection;
  if (epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, fd, &event) != 0) Close(connection);
}

void ConnectionLoop::Advance(Connection& connection) {
  size_t budget = kTurnBytes;
  while (Step(connection, &budget)) {
  }
  if (budget == 0) ready_.push_back(&connection);
}

// False: there is nothing to be done before something happens.
bool ConnectionLoop::Step(Connection& connection, size_t* budget) {
  switch (connection.phase) {
    case Connection::Phase::kReading:
      return StepReading(connection, budget);
    case Connection::Phase::kSending:
      return StepSending(connection);
    case Connection::Phase::kLingering:
      return StepLingering(connection, budget);
    case Connection::Phase::kServing:
    case Connection::Phase::kClosed:
      return false;
  }
  return false;
}

bool ConnectionLoop::StepReading(Connection& connection, size_t* budget) {
  switch (connection.reader.state()) {
    case RequestReader::State::kHeadWhole:
      LookAtHead(connection);
      return true;
    case RequestReader::State::kWhole:
      Serve(connection);
      return true;
    case RequestReader::State::kRefused:
      Reject(connection, connection.reader.refusal());
      return true;
    default:
      return ReceiveMore(connection, budget);
  }
}

bool ConnectionLoop::ReceiveMore(Connection& connection, size_t* budget) {
  if (!connection.is_readable || *budget == 0) return false;
  const size_t most = std::min({buffer_.size(), connection.reader.wanted(limits_.head), *budget});
  absl::string_view bytes;
  const Connection::Got got = connection.Receive(&buffer_[0], most, &bytes);
  if (got == Connection::Got::kNothing) return false;
  if (got == Connection::Got::kEnd) {
    IsPart(connection) ? Reject(connection, TooSlow()) : Close(connection);
    return true;
  }
  *budget -= bytes.size();
  const RequestReader::State before = connection.reader.state();
  if (before == RequestReader::State::kIdle) connection.begun = now_;
  connection.reader.Append(bytes, limits_.head);
  if (connection.reader.state() != before) SetReadingDeadline(connection);
  Count(connection);
  const absl::optional<HttpAnswer> refusal = MemoryRefusal(connection);
  if (refusal.has_value()) Reject(connection, *refusal);
  return true;
}

// Of a request that is not whole: one that is whole is served, which frees its memory.
absl::optional<HttpAnswer> ConnectionLoop::MemoryRefusal(const Connection& connection) const {
  const RequestReader::State state = connection.reader.state();
  if (state != RequestReader::State::kHead && state != RequestReader::State::kBody) return absl::nullopt;
  if (head_bytes_ > kMostHeadBytes) return TooMuch(kMostHeadBytes, "heads");
  if (body_bytes_ > limits_.max_bytes_in_flight) return TooMuch(limits_.max_bytes_in_flight, "bodies");
  return absl::nullopt;
}

void ConnectionLoop::LookAtHead(Connection& connection) {
  const HttpHead& head = connection.reader.head();
  absl::optional<HttpAnswer> refusal = service_.CheckHead(head);
  if (!refusal.has_value()) refusal = FramingRefusal(head, limits_.max_body_bytes);
  if (refusal.has_value()) return Reject(connection, *refusal);
  const size_t size = BodySize(head);
  if (body_bytes_ + static_cast<int64_t>(size) > limits_.max_bytes_in_flight) {
    return Reject(connection, TooMuch(limits_.max_bytes_in_flight, "bodies"));
  }
  connection.reader.ExpectBody(size);
  Count(connection);
  SetReadingDeadline(connection);
  if (connection.reader.state() == RequestReader::State::kWhole || !head.expects_continue) return;
  std::string go_on = "HTTP/1.1 100 Continue\r\n\r\n";
  if (!SendNow(connection.fd, &go_on) || !go_on.empty()) Close(connection);
}

void ConnectionLoop::Serve(Connection& connection) {
  connection.exchange = std::make_shared<Exchange>(&connection, connection.reader.Take(limits_.head), mailbox_);
  connection.phase = Connection::Phase::kServing;
  SetDeadline(connection, now_ + limits_.answer_timeout);
  whole_.push_back(connection.exchange);
}

void ConnectionLoop::TakeBack(Exchange& exchange) {
  Connection& connection = *exchange.connection;
  const HttpHead& head = exchange.request.head;
  connection.closes = is_stopping_ || !head.keeps_alive;
  connection.unsent = service_.Format(head, std::move(exchange.answer), &connection.closes);
  connection.phase = Connection::Phase::kSending;
  SetDeadline(connection, now_ + kSendTimeout);
  connection.exchange = nullptr;
  Count(connection);
  Advance(connection);
}

// Of a request that is being served. Its answer, if it still comes, is dropped.
void ConnectionLoop::GiveUp(Connection& connection) {
  connection.exchange->connection = nullptr;
  connection.exchange = nullptr;
  Reject(connection, ErrorAnswer(HttpError::kOverloaded, "it was not answered in time; send it again later"));
  Advance(connection);
}

void ConnectionLoop::Reject(Connection& connection, const HttpAnswer& answer) {
  connection.closes = true;
  std::string bytes = service_.Format(connection.reader.head(), answer, &connection.closes);
  connection.reader.Clear();  // What it holds is not looked at again.
  Count(connection);
  connection.phase = Connection::Phase::kSending;
  connection.unsent = std::move(bytes);
  SetDeadline(connection, now_ + kSendTimeout);
}

bool ConnectionLoop::StepSending(Connection& connection) {
  if (!SendNow(connection.fd, &connection.unsent)) {
    Close(connection);
    return false;
  }
  if (!connection.unsent.empty()) return false;
  std::string().swap(connection.unsent);
  if (connection.closes || is_stopping_) {
    shutdown(connection.fd, SHUT_WR);
    connection.phase = Connection::Phase::kLingering;
    SetDeadline(connection, now_ + kLinger);
  } else {
    connection.phase = Connection::Phase::kReading;
    connection.begun = now_;  // Of what has come already of the next request.
    SetReadingDeadline(connection);
  }
  return true;
}

bool ConnectionLoop::StepLingering(Connection& connection, size_t* budget) {
  if (!connection.is_readable || *budget == 0) return false;
  absl::string_view bytes;
  const Connection::Got got = connection.Receive(&buffer_[0], std::min(buffer_.size(), *budget), &bytes);
  if (got == Connection::Got::kNothing) return false;
  *budget -= bytes.size();
  connection.dropped += bytes.size();
  if (got == Connection::Got::kBytes && connection.dropped <= kMostLingerBytes) return true;
  Close(connection);
  return false;
}

void ConnectionLoop::Close(Connection& connection) {
  if (connection.phase == Connection::Phase::kClosed) return;
  connection.phase = Connection::Phase::kClosed;
  LookAt(connection, absl::InfiniteFuture());
  connection.reader.Clear();
  Count(connection);
  const auto from_peer = connections_by_peer_.find(connection.peer);
  if (--from_peer->second == 0) connections_by_peer_.erase(from_peer);
  const auto owned = connections_.find(&connection);
  epoll_ctl(epoll_fd_, EPOLL_CTL_DEL, connection.fd, nullptr);
  closed_.push_back(std::move(owned->second));
  connections_.erase(owned);
}

void ConnectionLoop::Count(Connection& connection) {
  const auto head = static_cast<int64_t>(connection.reader.head_memory());
  const auto body = static_cast<int64_t>(connection.reader.body_memory());
  head_bytes_ += head - connection.counted_head;
  body_bytes_ += body - connection.counted_body;
  connection.counted_head = head;
  connection.counted_body = body;
}

// A deadline that moves away is left where it is noted, and looked at there: most do so several times a request.
void ConnectionLoop::SetDeadline(Connection& connection, absl::Time deadline) {
  connection.deadline = deadline;
  if (deadline < connection.looked_at) LookAt(connection, deadline);
}

void ConnectionLoop::LookAt(Connection& connection, absl::Time time) {
  if (connection.looked_at != absl::InfiniteFuture()) deadlines_.erase({connection.looked_at, &connection});
  connection.looked_at = time;
  if (time != absl::InfiniteFuture()) deadlines_.emplace(time, &connection);
}

void ConnectionLoop::SetReadingDeadline(Connection& connection) {
  switch (connection.reader.state()) {
    case RequestReader::State::kIdle:
      return SetDeadline(connection, now_ + limits_.idle_timeout);
    case RequestReader::State::kHead:
      return SetDeadline(connection, connection.begun + std::min(limits_.head_timeout, limits_.request_timeout));
    default:
      return SetDeadline(connection, connection.begun + limits_.request_timeout);
  }
}

void ConnectionLoop::Expire() {
  while (!deadlines_.empty() && deadlines_.begin()->first <= now_) {
    Connection& connection = *deadlines_.begin()->second;
    LookAt(connection, connection.deadline > now_ ? connection.deadline : absl::InfiniteFuture());
    if (connection.deadline > now_) continue;
    if (connection.phase == Connection::Phase::kServing) {
      GiveUp(connection);
    } else if (IsPart(connection)) {
      Reject(connection, TooSlow());
      Advance(connection);
    } else {
      Close(connection);
    }
  }
  if (acceptor_.resume_at() <= now_) acceptor_.Resume();
  if (stop_at_ <= now_) CutOff();
}

}  // namespace ampstream
