#include "tests/testing/test_subscriber.h"

#include <gtest/gtest.h>

#include <utility>

#include "absl/time/clock.h"
#include "ampstream/v1/event_service.pb.h"

namespace ampstream {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(10);

}  // namespace

TestSubscriber::TestSubscriber(Hub& hub, const StartAt& start, SubscriptionOptions options) {
  hub.Subscribe(
      start, std::move(options),
      [signal = signal_] {
        MutexLock lock(&signal->mutex);
        signal->is_woken = true;
        signal->woken.Signal();
      },
      nullptr,
      [signal = signal_](absl::StatusOr<std::shared_ptr<Subscription>> made) {
        MutexLock lock(&signal->mutex);
        signal->made = std::move(made);
        signal->woken.Signal();
      });
  const absl::Time deadline = absl::Now() + kPatience;
  MutexLock lock(&signal_->mutex);
  while (!signal_->made.has_value()) {
    if (!signal_->woken.WaitUntil(&signal_->mutex, deadline)) {
      status_ = absl::DeadlineExceededError("not subscribed in time");
      return;
    }
  }
  status_ = signal_->made->status();
  if (status_.ok()) subscription_ = **signal_->made;
  signal_->made.reset();
}

TestSubscriber::~TestSubscriber() {
  if (subscription_ != nullptr) subscription_->Cancel();
}

absl::optional<Batch> TestSubscriber::Next() {
  const absl::Time deadline = absl::Now() + kPatience;
  while (true) {
    absl::optional<Batch> batch = subscription_->Pull();
    if (batch.has_value()) {
      Take(*batch);
      return batch;
    }
    MutexLock lock(&signal_->mutex);
    while (!signal_->is_woken) {
      if (!signal_->woken.WaitUntil(&signal_->mutex, deadline)) return absl::nullopt;
    }
    signal_->is_woken = false;
  }
}

void TestSubscriber::ReadEvents(size_t n) {
  while (names_.size() < n && !end_.has_value()) {
    if (!Next().has_value()) return ADD_FAILURE() << "only " << names_.size() << " of " << n << " events came";
  }
}

void TestSubscriber::ReadUntilCaughtUp() {
  for (const int before = caught_up_; caught_up_ == before && !end_.has_value();) {
    if (!Next().has_value()) return ADD_FAILURE() << "never caught up";
  }
}

void TestSubscriber::Take(const Batch& batch) {
  for (const Batch::Piece& piece : batch.pieces) {
    v1::SubscribeResponse response;
    ASSERT_TRUE(response.ParseFromString(std::string(piece.bytes())));
    for (const v1::Event& event : response.events()) {
      const std::string name =
          event.has_unrecognized() ? event.unrecognized().type() : event.events_track().event_type();
      if (name.rfind("foreign", 0) != 0) names_.push_back(name);
    }
  }
  if (batch.caught_up) ++caught_up_;
  if (batch.fell_behind) ++fell_behind_;
  if (batch.end.has_value()) end_ = batch.end;
}

SubscriptionOptions MatchAll() {
  SubscriptionOptions options;
  options.selection.filter = *Filter::Compile(v1::EventFilter());
  return options;
}

}  // namespace ampstream
