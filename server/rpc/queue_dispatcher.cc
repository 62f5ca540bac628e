#include "server/rpc/queue_dispatcher.h"

#include <grpc/support/time.h>

#include "server/rpc/gathered_writes.h"

namespace ampstream {

class QueueDispatcher::Tag final : public QueueTag {
 public:
  explicit Tag(QueueDispatcher& dispatcher) : dispatcher_(dispatcher) {}

  // The alarm may be set anew as soon as it was given back: news of which this run sees nothing are asked for again.
  void Run(bool) override {
    dispatcher_.asked_ = false;
    const GatheredWrites gathered;
    dispatcher_.hub_.Dispatch();
  }

 private:
  QueueDispatcher& dispatcher_;
};

QueueDispatcher::QueueDispatcher(Hub& hub, CallQueue& queue) : hub_(hub), queue_(queue) {
  hub_.SetDispatcher([this] { Ask(); });
}

void QueueDispatcher::Stop() { hub_.SetDispatcher(nullptr); }

// An alarm of the past goes straight to the queue; one of this very moment takes a millisecond, and gRPC's timer
// thread.
void QueueDispatcher::Ask() {
  if (asked_.exchange(true)) return;
  alarm_.Set(&queue_.queue(), gpr_inf_past(GPR_CLOCK_MONOTONIC), queue_.HandOver(new Tag(*this)));
}

}  // namespace ampstream
