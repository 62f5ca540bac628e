#ifndef AMPSTREAM_SERVER_HUB_SUBSCRIPTION_H_
#define AMPSTREAM_SERVER_HUB_SUBSCRIPTION_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>

#include "absl/types/optional.h"
#include "server/base/mutex.h"
#include "server/event/position.h"
#include "server/hub/batch.h"
#include "server/hub/live_end.h"
#include "server/hub/reader_pool.h"
#include "server/log/event_log.h"

namespace ampstream {

// What a subscriber asked for.
struct SubscriptionOptions {
  Selection selection;
  BatchLimits limits;            // Of each batch.
  bool until_caught_up = false;  // End once all that was in the log at the beginning has been given.
  int64_t max_events = 0;        // End after so many. 0: no end.
};

// One standing request: a filter, and a position in the log. Not a queue: what a subscriber has not taken stays in the
// log, so that a slow one costs a number.
//
// Its stream pulls one batch at a time. While the position is in the tail, batches come from there; else a reader
// thread prepares the next one from the log, while the last one is being written: so much is read ahead and no more.
// Thread-safe. Lock order: a stream, this, LiveEnd.
class Subscription : public std::enable_shared_from_this<Subscription> {
 public:
  // Begins after `position`; has caught up once it has reached `target`. `wake` is called when there may be something
  // to pull after there was nothing: on a thread that dispatches or reads, under no lock, perhaps for no reason. The
  // others must outlive this.
  Subscription(SubscriptionOptions options, Position position, Position target, std::function<void()> wake,
               EventLog& log, LiveEnd& live, ReaderPool& readers);

  // The next batch with news; never blocks. Nothing: `wake` will be called, or the subscription has ended.
  absl::optional<Batch> Pull();

  // Where to resume after the last batch; moves on also when nothing matched.
  Position position() const;

  // Whether it has caught up, has not fallen behind since, and has not ended.
  bool live() const;

  // It will not be pulled any more.
  void Cancel();

  // Calls `wake`. For the hub.
  void Wake() const { wake_(); }

 private:
  enum class Reading { kNo, kUnderWay, kReady };

  bool Collect(Batch* batch) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool CollectFromTail(Batch* batch) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool AddFromTail(const KeyedChunk& chunk, const BatchLimits& limits, Batch* batch) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool LeaveTail(Batch* batch) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void StartReading() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Accept(Batch* batch) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  BatchLimits Limits() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ReadAhead() ABSL_LOCKS_EXCLUDED(mutex_);
  void ReadInto(const BatchLimits& limits, std::deque<SharedChunk>* unused, Batch* batch);
  bool Use(const BatchLimits& limits, std::deque<SharedChunk>* unused, Batch* batch) const;

  const SubscriptionOptions options_;
  const std::function<void()> wake_;
  EventLog& log_;
  LiveEnd& live_;
  ReaderPool& readers_;

  mutable Mutex mutex_;
  LiveEnd::Place place_ ABSL_GUARDED_BY(mutex_);
  Position position_ ABSL_GUARDED_BY(mutex_);
  Position target_ ABSL_GUARDED_BY(mutex_);
  bool caught_up_ ABSL_GUARDED_BY(mutex_) = false;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  int64_t given_ ABSL_GUARDED_BY(mutex_) = 0;  // Events.
  Reading reading_ ABSL_GUARDED_BY(mutex_) = Reading::kNo;
  Batch read_ahead_ ABSL_GUARDED_BY(mutex_);                // Of use while kReady.
  std::deque<SharedChunk> unused_ ABSL_GUARDED_BY(mutex_);  // Read, and not in a batch yet.
};

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_HUB_SUBSCRIPTION_H_
