#ifndef AMPSTREAM_SERVER_HUB_HUB_H_
#define AMPSTREAM_SERVER_HUB_HUB_H_

#include <cstdint>
#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/base/mutex.h"
#include "server/hub/live_end.h"
#include "server/hub/reader_pool.h"
#include "server/hub/subscription.h"
#include "server/log/event_log.h"

namespace ampstream {

// Where the log's tail meets the subscriptions. It is fed by the log, never by whoever appends, so that the events of
// others arrive like one's own. Thread-safe.
class Hub final : public EventLog::Listener {
 public:
  struct Options {
    int64_t tail_bytes = 32 << 20;
    int reader_threads = 2;  // May block on the log: read for those who catch up.
    int search_threads = 1;  // May read through much of the log: look for the last n.
  };

  // Begins to listen to the log, which must outlive the hub, and fills the tail with the newest that is there: those
  // who come back after a restart need no disk.
  static absl::StatusOr<std::unique_ptr<Hub>> Start(EventLog& log, const Options& options);

  // The log must have been stopped, every subscription cancelled, and no Dispatch under way.
  ~Hub() override;

  // Sets who dispatches, one at a time. `ask` is to have a thread call Dispatch, and soon, for there is work for one
  // more. It is called from any thread, the one that brings news above all, and never twice at once: it must not block,
  // and call nothing of the hub. Null: nobody dispatches any more, and none is asked once this has returned.
  void SetDispatcher(std::function<void()> ask);

  // Finds out whom the next of the news concern, and wakes a few of those. On any thread, also on several at once.
  void Dispatch();

  using Done = std::function<void(absl::StatusOr<std::shared_ptr<Subscription>>)>;

  // Makes a subscription that begins at `start`. `done` is called once, for `latest` before this returns, else on a
  // reader or search thread; dropped if the hub is stopped first. Errors: those of EventLog::Resolve. `wake`: see
  // Subscription. `wanted` is asked before and while the start is looked for; false gives up (CANCELLED); null: it is
  // wanted. The hub must outlive the subscription.
  void Subscribe(const StartAt& start, SubscriptionOptions options, std::function<void()> wake,
                 std::function<bool()> wanted, Done done);

  // What the log last said of itself.
  LogState state() const;

  // Nobody becomes due or is read for any more; what a Dispatch has under way it brings to its end.
  void Stop();

  void OnCommitted(SharedChunk chunk) override;
  void OnTrimmed(Position oldest) override;
  void OnState(const LogState& state) override;

 private:
  Hub(EventLog& log, const Options& options);
  void AskDispatcher();
  std::shared_ptr<Subscription> Make(SubscriptionOptions options, Position position, Position target,
                                     std::function<void()> wake);

  EventLog& log_;
  LiveEnd live_;
  ReaderPool readers_;
  ReaderPool searchers_;

  // Held while the dispatcher is asked, though that is foreign code: so nobody is asked once it has been taken away.
  // Lock order: this before whatever `ask` takes; nothing is held when it is taken.
  Mutex dispatcher_mutex_;
  std::function<void()> ask_dispatcher_ ABSL_GUARDED_BY(dispatcher_mutex_);

  mutable Mutex mutex_;
  LogState state_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_HUB_HUB_H_
