#ifndef AMPSTREAM_TESTS_BENCHMARKS_COMPARE_LATENCIES_H_
#define AMPSTREAM_TESTS_BENCHMARKS_COMPARE_LATENCIES_H_

#include <cstdint>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/base/mutex.h"
#include "tests/benchmarks/compare/arrival_order.h"
#include "tests/benchmarks/compare/event_sink.h"

namespace ampstream {

// From the time at which an event should have been sent to that at which a subscriber had it, over all subscribers; and
// whether each got each once, and in order. Thread-compatible,
// but for OnEvent.
class Latencies final : public EventSink {
 public:
  Latencies(int subscribers, const Senders& senders) : order_(subscribers, senders) {}

  // `schedule` tells when the next events should be sent, in microseconds after `start`; theirs alone are measured from
  // here.
  void Begin(absl::Time start, std::vector<int64_t> schedule_us);

  bool AwaitAll(absl::Duration timeout) { return order_.AwaitAll(timeout); }

  // In microseconds, since Begin.
  std::vector<int64_t> Take();

  // When no subscriber is there any more.
  absl::Status Check() const { return order_.Check(); }

  void OnEvent(int subscriber, absl::Time time, absl::string_view event) override;

 private:
  void Note(int64_t number, absl::Time time);

  ArrivalOrder order_;
  Mutex mutex_;
  absl::Time start_ ABSL_GUARDED_BY(mutex_);
  int64_t first_ ABSL_GUARDED_BY(mutex_) = 0;  // The first event's number.
  std::vector<int64_t> schedule_us_ ABSL_GUARDED_BY(mutex_);
  std::vector<int64_t> latencies_us_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace ampstream

#endif  // AMPSTREAM_TESTS_BENCHMARKS_COMPARE_LATENCIES_H_
