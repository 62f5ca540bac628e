#include "tests/benchmarks/compare/publishers.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "absl/time/clock.h"
#include "server/base/status_macros.h"

namespace ampstream {
namespace {

constexpr size_t kReadyAtOnce = 64;

// An idle machine wakes late from a long sleep: so it is woken earlier, and the clock is looked at.
constexpr absl::Duration kLongSleep = absl::Milliseconds(100);
constexpr absl::Duration kWokenEarlier = absl::Milliseconds(3);

}  // namespace

absl::StatusOr<std::unique_ptr<Publishers>> Publishers::Connect(const PublishProtocol& protocol, int port, int count) {
  std::unique_ptr<Publishers> publishers(new Publishers(protocol, epoll_create1(EPOLL_CLOEXEC)));
  for (int i = 0; i < count; ++i) AMPSTREAM_RETURN_IF_ERROR(publishers->Add(port));
  return publishers;
}

Publishers::~Publishers() { close(epoll_); }

absl::Status Publishers::Add(int port) {
  AMPSTREAM_ASSIGN_OR_RETURN(Socket socket, Socket::Connect(port, kPatience));
  AMPSTREAM_RETURN_IF_ERROR(socket.Send(protocol_.Greeting(static_cast<int>(senders_.size()))));
  epoll_event event = {};
  event.events = EPOLLIN;
  event.data.u64 = senders_.size();
  epoll_ctl(epoll_, EPOLL_CTL_ADD, socket.fd(), &event);
  senders_.emplace_back(std::move(socket));
  return absl::OkStatus();
}

void Publishers::Prepare(const EventBatch& batch) {
  const size_t index = turn_++ % senders_.size();
  senders_[index].requests.push_back(
      {protocol_.Request(static_cast<int>(index), batch), protocol_.AnswersTo(batch), batch.scheduled_us});
}

absl::Status Publishers::SendAll() {
  busy_ = 0;
  for (Sender& sender : senders_) {
    sender.due = sender.requests.size();
    if (!sender.idle()) ++busy_;
    AMPSTREAM_RETURN_IF_ERROR(Advance(&sender));
  }
  AMPSTREAM_RETURN_IF_ERROR(AwaitIdle());
  Forget();
  return absl::OkStatus();
}

absl::StatusOr<std::vector<int64_t>> Publishers::SendOnTime(absl::Time start) {
  start_ = start;
  late_us_.clear();
  size_t requests = 0;
  busy_ = 0;
  for (const Sender& sender : senders_) {
    requests += sender.requests.size();
    if (!sender.idle()) ++busy_;
  }
  for (size_t i = turn_ - requests; i < turn_; ++i) {
    Sender& sender = senders_[i % senders_.size()];
    const absl::Time time = start + absl::Microseconds(sender.requests[sender.due].scheduled_us);
    AMPSTREAM_RETURN_IF_ERROR(TakeAnswersUntil(time));
    ++sender.due;
    if (protocol_.pipelined() || sender.awaited == 0) AMPSTREAM_RETURN_IF_ERROR(Advance(&sender));
  }
  AMPSTREAM_RETURN_IF_ERROR(AwaitIdle());
  Forget();
  start_ = absl::InfiniteFuture();
  return late_us_;
}

absl::Status Publishers::TakeAnswersUntil(absl::Time time) {
  const bool sleeps_long = time - absl::Now() > kLongSleep;
  for (absl::Duration left; (left = time - absl::Now()) > absl::ZeroDuration();) {
    const absl::Duration wait = sleeps_long ? std::max(left - kWokenEarlier, absl::ZeroDuration()) : left;
    AMPSTREAM_RETURN_IF_ERROR(TakeAnswers(wait));
  }
  return absl::OkStatus();
}

absl::Status Publishers::Advance(Sender* sender) {
  if (sender->next == sender->due) return absl::OkStatus();
  const Request& request = sender->requests[sender->next++];
  sender->awaited += request.answers;
  if (start_ != absl::InfiniteFuture())
    late_us_.push_back(absl::ToInt64Microseconds(absl::Now() - start_) - request.scheduled_us);
  return sender->socket.Send(request.bytes);
}

absl::Status Publishers::AwaitIdle() {
  for (const absl::Time deadline = absl::Now() + kPatience; busy_ > 0;) {
    if (absl::Now() > deadline) return absl::DeadlineExceededError("the server did not answer everything in time");
    AMPSTREAM_RETURN_IF_ERROR(TakeAnswers(absl::Seconds(1)));
  }
  return absl::OkStatus();
}

absl::Status Publishers::TakeAnswers(absl::Duration timeout) {
  std::array<epoll_event, kReadyAtOnce> ready;
  const timespec wait = absl::ToTimespec(timeout);
  const int count = epoll_pwait2(epoll_, ready.data(), kReadyAtOnce, &wait, nullptr);
  for (int i = 0; i < count; ++i) AMPSTREAM_RETURN_IF_ERROR(Receive(&senders_[ready[static_cast<size_t>(i)].data.u64]));
  return absl::OkStatus();
}

absl::Status Publishers::Receive(Sender* sender) {
  AMPSTREAM_RETURN_IF_ERROR(sender->socket.Receive(&sender->received));
  size_t done = 0;
  AMPSTREAM_ASSIGN_OR_RETURN(const int64_t answers, protocol_.Answers(sender->received, &done));
  sender->received.erase(0, done);
  const bool was_idle = sender->idle();
  sender->awaited -= std::min(answers, sender->awaited);
  if (sender->awaited == 0) AMPSTREAM_RETURN_IF_ERROR(Advance(sender));
  if (!was_idle && sender->idle()) --busy_;
  return absl::OkStatus();
}

void Publishers::Forget() {
  for (Sender& sender : senders_) {
    sender.requests.clear();
    sender.next = sender.due = 0;
  }
}

}  // namespace ampstream
