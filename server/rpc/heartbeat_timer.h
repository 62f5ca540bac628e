#ifndef AMPSTREAM_SERVER_RPC_HEARTBEAT_TIMER_H_
#define AMPSTREAM_SERVER_RPC_HEARTBEAT_TIMER_H_

#include <grpcpp/alarm.h>

#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "server/base/clock.h"
#include "server/base/mutex.h"
#include "server/rpc/call_queue.h"

namespace ampstream {

class SubscribeStream;

// Calls streams when their heartbeats are due, on a thread of the queue. One alarm serves all: with one for each of
// thousands of streams, most of what a heartbeat costs would be gRPC's looking through its lists of alarms.
// Thread-safe.
class HeartbeatTimer {
 public:
  // The clock must go as the system's does. All must outlive it, and it must outlive what is in the queue.
  HeartbeatTimer(CallQueue& queue, const Clock& clock) : queue_(queue), clock_(clock) {}

  // Calls `stream->OnHeartbeatDue()` once, at this time or shortly after.
  void Add(absl::Time due, std::shared_ptr<SubscribeStream> stream);

  // It is not called, unless it is just being.
  void Remove(absl::Time due, std::shared_ptr<SubscribeStream> stream);

  // Calls nobody any more. To be called before the queue is closed.
  void Stop();

 private:
  class Tag;
  void OnAlarm();
  std::vector<std::shared_ptr<SubscribeStream>> TakeDue();
  void SetAlarm() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  CallQueue& queue_;
  const Clock& clock_;
  Mutex mutex_;  // After a stream's.
  std::set<std::pair<absl::Time, std::shared_ptr<SubscribeStream>>> waiting_ ABSL_GUARDED_BY(mutex_);
  grpc::Alarm alarm_ ABSL_GUARDED_BY(mutex_);
  absl::optional<absl::Time> alarm_time_ ABSL_GUARDED_BY(mutex_);  // Until its tag has run; else there is none.
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_RPC_HEARTBEAT_TIMER_H_
