#ifndef AMPSTREAM_TESTS_BENCHMARKS_COMPARE_FILTERED_ARRIVALS_H_
#define AMPSTREAM_TESTS_BENCHMARKS_COMPARE_FILTERED_ARRIVALS_H_

#include <array>
#include <atomic>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "tests/benchmarks/compare/arrival_order.h"
#include "tests/benchmarks/compare/event_sink.h"
#include "tests/benchmarks/waitable_count.h"

namespace ampstream {

// Whether each of a hundred subscribers receives the events of one event type (see track_json.h), subscriber 7 those of
// "Button Tap 007", each once, and those of one sender in the order of sending. Thread-compatible, but for OnEvent.
class FilteredArrivals final : public EventSink {
 public:
  static constexpr int kSubscribers = 100;

  // A request of theirs holds an event of each type.
  explicit FilteredArrivals(const Senders& senders);

  // So many more events of all types will be sent. Before they are.
  void Expect(int64_t events) { expected_ += events; }

  // Waits until the subscribers have had as many as Expect said, together. False: not in time.
  bool AwaitAll(absl::Duration timeout) const { return received_.AwaitAtLeast(expected_, timeout); }

  // What was wrong, when no subscriber is there any more.
  absl::Status Check() const;

  void OnEvent(int subscriber, absl::Time time, absl::string_view event) override;

 private:
  using NextOfSenders = std::array<int64_t, Senders::kMost>;

  const Senders senders_;
  std::array<NextOfSenders, kSubscribers> next_;  // The number of the next event.
  int64_t expected_ = 0;
  std::atomic<int64_t> misplaced_{0};
  WaitableCount received_;
};

}  // namespace ampstream

#endif  // AMPSTREAM_TESTS_BENCHMARKS_COMPARE_FILTERED_ARRIVALS_H_
