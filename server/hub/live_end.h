#ifndef AMPSTREAM_SERVER_HUB_LIVE_END_H_
#define AMPSTREAM_SERVER_HUB_LIVE_END_H_

#include <cstdint>
#include <list>
#include <memory>
#include <vector>

#include "server/base/mutex.h"
#include "server/event/position.h"
#include "server/hub/keyed_chunk.h"
#include "server/hub/tail.h"

namespace ampstream {

class Subscription;

// The tail, and the subscriptions that have read all of it and wait for more. One lock over both, so that nobody begins
// to wait just as news comes. Thread-safe. Lock order: a stream, its subscription, this.
class LiveEnd {
 public:
  explicit LiveEnd(int64_t max_bytes) : tail_(Position(), max_bytes) {}

  // The log's end when it began to tell of news, and the chunks before it; such news may have come already.
  void StandAt(Position end, const std::vector<SharedKeyedChunk>& older);

  // Adds news; all who wait become due to be woken.
  void Append(SharedKeyedChunk chunk);

  // Where a subscription stands among those who wait. Each has one; its content is for LiveEnd alone.
  class Place {
    friend class LiveEnd;
    std::list<std::shared_ptr<Subscription>>::iterator at;
    uint64_t round = 0;  // Of the last wait.
  };

  enum class Answer {
    kTaken,    // There is something after the position.
    kWaiting,  // There is nothing: the subscription will become due once there is.
    kBehind,   // The position has left the tail.
  };

  // Adds chunks after `position` to `out`, or lets the subscription wait at its place.
  Answer Take(Position position, size_t max_chunks, const std::shared_ptr<Subscription>& subscription, Place* place,
              std::vector<SharedKeyedChunk>* out);

  // It no longer waits.
  void Forget(Place* place);

  // Some of those that are due, to be woken by the caller outside of any lock; blocks until there are any. Empty:
  // stopped.
  std::vector<std::shared_ptr<Subscription>> WaitForDue();

  void Stop();

  Position end() const;

  // Whether the position has left the tail.
  bool IsBehind(Position position) const;

 private:
  mutable Mutex mutex_;
  CondVar news_;
  Tail tail_ ABSL_GUARDED_BY(mutex_);
  // Lists, because all who wait become due in one step, however many they are: whoever brings news must not walk over
  // them. A place is in `waiting_` if its round is this one; if not, it is in `due_`, or in neither.
  std::list<std::shared_ptr<Subscription>> waiting_ ABSL_GUARDED_BY(mutex_);
  std::list<std::shared_ptr<Subscription>> due_ ABSL_GUARDED_BY(mutex_);
  uint64_t round_ ABSL_GUARDED_BY(mutex_) = 1;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_HUB_LIVE_END_H_
