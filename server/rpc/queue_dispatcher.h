#ifndef AMPSTREAM_SERVER_RPC_QUEUE_DISPATCHER_H_
#define AMPSTREAM_SERVER_RPC_QUEUE_DISPATCHER_H_

#include <grpcpp/alarm.h>

#include <atomic>

#include "server/hub/hub.h"
#include "server/rpc/call_queue.h"

namespace ampstream {

// Dispatches for the hub on the threads of the completion queue, which write to the streams themselves and then find
// there what has been written. With threads of its own, the hub would wake one of the queue for nearly every write.
// Thread-safe.
class QueueDispatcher {
 public:
  // The hub asks from here on. Both must outlive it, and it must outlive what is in the queue.
  QueueDispatcher(Hub& hub, CallQueue& queue);

  // The hub asks no more. To be called before the queue is closed.
  void Stop();

 private:
  class Tag;
  void Ask();

  Hub& hub_;
  CallQueue& queue_;
  std::atomic<bool> asked_{false};  // The alarm is on its way to a thread, which has not begun.
  grpc::Alarm alarm_;
};

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_RPC_QUEUE_DISPATCHER_H_
