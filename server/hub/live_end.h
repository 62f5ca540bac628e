#ifndef AMPSTREAM_SERVER_HUB_LIVE_END_H_
#define AMPSTREAM_SERVER_HUB_LIVE_END_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <vector>

#include "server/base/mutex.h"
#include "server/event/position.h"
#include "server/filter/filter.h"
#include "server/hub/filter_groups.h"
#include "server/hub/keyed_chunk.h"
#include "server/hub/tail.h"

namespace ampstream {

class Subscription;

// The tail, and the subscriptions that have read all of it and wait for more. One lock over both, so that nobody begins
// to wait just as news comes. Only those become due that want something of the news: whom to wake is found by a
// thread that dispatches, chunk by chunk ("sorting"), never by whoever brings the news. Thread-safe. Lock order: a
// stream, its subscription, this.
class LiveEnd {
 public:
  explicit LiveEnd(int64_t max_bytes) : tail_(Position(), max_bytes) {}

  // The log's end when it began to tell of news, and the chunks before it; such news may have come already.
  void StandAt(Position end, const std::vector<SharedKeyedChunk>& older);

  // Adds news. Whether somebody may want them, so that they are to be dispatched.
  bool Append(SharedKeyedChunk chunk);

  // Where a subscription stands among those who wait. Each has one; its content is for LiveEnd alone.
  class Place {
   public:
    // That of all who ask for the same.
    const std::shared_ptr<const Filter>& filter() const { return group->filter; }
    // Whether others do.
    bool IsShared() const { return group.use_count() > 1; }

   private:
    friend class LiveEnd;
    std::shared_ptr<FilterGroup> group;
    std::list<std::shared_ptr<Subscription>>::iterator at;
    uint64_t round = 0;  // Of its group, in which it waited the last time.
  };

  // A place for a subscription with this filter, which does not wait yet.
  Place Join(const std::shared_ptr<const Filter>& filter);

  enum class Answer {
    kTaken,    // There is something after the position.
    kWaiting,  // There is nothing: the subscription will become due once there is something that it wants.
    kBehind,   // The position has left the tail.
  };

  // Moves `position` on past what the subscription has not wanted while it waited; then adds chunks after it to `out`,
  // or lets the subscription wait at its place.
  Answer Take(Position* position, size_t max_chunks, const std::shared_ptr<Subscription>& subscription, Place* place,
              std::vector<SharedKeyedChunk>* out);

  // The position, moved on so.
  Position PositionOf(Position position, const Place& place) const;

  // It no longer waits.
  void Forget(Place* place);

  // Some of those that are due.
  struct Due {
    std::vector<std::shared_ptr<Subscription>> subscriptions;
    bool more = false;  // There is work for another thread.
  };

  // Sorts a chunk of the news if nobody is due yet. Who is due is to be woken by the caller, outside of any lock; none:
  // nobody wants that chunk, another thread is sorting, or all has stopped.
  Due TakeDue();

  // Nobody becomes due any more.
  void Stop();

  Position end() const;

  // Whether the position has left the tail.
  bool IsBehind(Position position) const;

 private:
  bool CanSort() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Position MovedOn(Position position, const Place& place) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void SortNext() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void MakeDue(FilterGroup* group, Position from) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  FilterGroups groups_;

  mutable Mutex mutex_;
  Tail tail_ ABSL_GUARDED_BY(mutex_);
  std::deque<SharedKeyedChunk> unsorted_ ABSL_GUARDED_BY(mutex_);  // News for which nobody has been made due yet.
  bool is_sorting_ ABSL_GUARDED_BY(mutex_) = false;                // One thread does, so that it is done in order.
  Position sorted_ ABSL_GUARDED_BY(mutex_);                        // Whoever waits wants nothing up to here.
  size_t waiting_ ABSL_GUARDED_BY(mutex_) = 0;
  std::list<std::shared_ptr<Subscription>> due_ ABSL_GUARDED_BY(mutex_);
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_HUB_LIVE_END_H_
