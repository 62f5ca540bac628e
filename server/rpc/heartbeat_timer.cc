#include "server/rpc/heartbeat_timer.h"

#include <cstddef>

#include "server/rpc/gathered_writes.h"
#include "server/rpc/subscribe_stream.h"

namespace ampstream {
namespace {

// Then the queue has its turn: some are news, which wait less gladly.
constexpr size_t kStreamsATurn = 32;

}  // namespace

class HeartbeatTimer::Tag final : public QueueTag {
 public:
  explicit Tag(HeartbeatTimer& timer) : timer_(timer) {}

  // Cancelled or not: the first that waits may be another now.
  void Run(bool) override { timer_.OnAlarm(); }

 private:
  HeartbeatTimer& timer_;
};

void HeartbeatTimer::Add(absl::Time due, std::shared_ptr<SubscribeStream> stream) {
  MutexLock lock(&mutex_);
  waiting_.emplace(due, std::move(stream));
  if (!alarm_time_.has_value()) return SetAlarm();
  if (due < *alarm_time_) alarm_.Cancel();
}

void HeartbeatTimer::Remove(absl::Time due, std::shared_ptr<SubscribeStream> stream) {
  MutexLock lock(&mutex_);
  waiting_.erase({due, std::move(stream)});
}

void HeartbeatTimer::Stop() {
  MutexLock lock(&mutex_);
  stopped_ = true;
  alarm_.Cancel();
}

void HeartbeatTimer::OnAlarm() {
  {
    const GatheredWrites gathered;
    for (const std::shared_ptr<SubscribeStream>& stream : TakeDue()) stream->OnHeartbeatDue();
  }
  MutexLock lock(&mutex_);
  alarm_time_.reset();
  SetAlarm();
}

std::vector<std::shared_ptr<SubscribeStream>> HeartbeatTimer::TakeDue() {
  const absl::Time now = clock_.Now();
  std::vector<std::shared_ptr<SubscribeStream>> due;
  MutexLock lock(&mutex_);
  alarm_time_ = absl::InfinitePast();
  while (!waiting_.empty() && waiting_.begin()->first <= now && due.size() < kStreamsATurn) {
    due.push_back(waiting_.begin()->second);
    waiting_.erase(waiting_.begin());
  }
  return due;
}

void HeartbeatTimer::SetAlarm() {
  if (stopped_ || waiting_.empty()) return;
  alarm_time_ = waiting_.begin()->first;
  alarm_.Set(&queue_.queue(), absl::ToChronoTime(*alarm_time_), queue_.HandOver(new Tag(*this)));
}

}  // namespace ampstream
