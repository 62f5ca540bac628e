#ifndef AMPSTREAM_TESTS_TESTING_TEST_SUBSCRIBER_H_
#define AMPSTREAM_TESTS_TESTING_TEST_SUBSCRIBER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "server/base/mutex.h"
#include "server/hub/hub.h"
#include "server/hub/subscription.h"

namespace ampstream {

// A stream without gRPC: pulls a subscription as a stream does, on the thread of the test. Thread-compatible; its
// wake-ups may come on any thread.
class TestSubscriber {
 public:
  // Subscribes, and waits until that is done.
  TestSubscriber(Hub& hub, const StartAt& start, SubscriptionOptions options);
  ~TestSubscriber();

  // Of the subscription; OK where it stands.
  absl::Status status() const { return status_; }

  // The next batch; waits for it. Nothing: none came in ten seconds.
  absl::optional<Batch> Next();

  // A batch that is there now.
  absl::optional<Batch> Poll() { return subscription_->Pull(); }

  // Reads until it has that many events, or the end.
  void ReadEvents(size_t n);

  // Reads until it has caught up, or the end.
  void ReadUntilCaughtUp();

  // What was read so far. The names are those of our own events: what HostileLog makes of other gateways is not in
  // them.
  const std::vector<std::string>& names() const { return names_; }
  const absl::optional<absl::Status>& end() const { return end_; }
  int caught_up() const { return caught_up_; }
  int fell_behind() const { return fell_behind_; }
  Position position() const { return subscription_->position(); }

 private:
  void Take(const Batch& batch);

  struct Signal {
    Mutex mutex;
    CondVar woken;
    bool is_woken ABSL_GUARDED_BY(mutex) = false;
    absl::optional<absl::StatusOr<std::shared_ptr<Subscription>>> made ABSL_GUARDED_BY(mutex);
  };
  const std::shared_ptr<Signal> signal_ = std::make_shared<Signal>();
  absl::Status status_;
  std::shared_ptr<Subscription> subscription_;
  std::vector<std::string> names_;
  absl::optional<absl::Status> end_;
  int caught_up_ = 0;
  int fell_behind_ = 0;
};

// Options that match everything.
SubscriptionOptions MatchAll();

}  // namespace ampstream

#endif  // AMPSTREAM_TESTS_TESTING_TEST_SUBSCRIBER_H_
