#ifndef AMPSTREAM_TESTS_BENCHMARKS_COMPARE_ARRIVAL_ORDER_H_
#define AMPSTREAM_TESTS_BENCHMARKS_COMPARE_ARRIVAL_ORDER_H_

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "tests/benchmarks/compare/event_sink.h"
#include "tests/benchmarks/waitable_count.h"

namespace ampstream {

// Which of the senders sends an event: the requests go to them in turn.
struct Senders {
  static constexpr int kMost = 64;

  int count = 1;
  int64_t events_a_request = 1;

  int Of(int64_t number) const { return static_cast<int>(number / events_a_request % count); }
};

// Whether all subscribers receive the events of load.h, from a first one on, each once, and those of one sender in the
// order of sending. Costs little while they arrive: the number is read from the encoded bytes. Thread-compatible, but
// for OnEvent.
class ArrivalOrder final : public EventSink {
 public:
  // `first` is the first event's number, with which a round of the senders begins.
  ArrivalOrder(int subscribers, const Senders& senders, int64_t first = 0);

  // So many events will have been sent. Before they are.
  void Expect(int64_t events) { expected_ = events; }

  // Waits until every subscriber has had all that Expect said. False: not in time.
  bool AwaitAll(absl::Duration timeout);

  // What was wrong, when no subscriber is there any more.
  absl::Status Check() const;

  void OnEvent(int subscriber, absl::Time time, absl::string_view event) override;

 private:
  // Of one subscriber; on cache lines of its own, because several threads may read.
  struct alignas(64) Seen {
    int64_t events = 0;
    int64_t misplaced = 0;                          // Others than the next of their sender.
    std::array<int64_t, Senders::kMost> next = {};  // By sender, the number of its next event.
  };

  int64_t After(int64_t number) const;

  const Senders senders_;
  std::vector<Seen> subscribers_;
  std::string first_event_;  // Of subscriber 0.
  std::atomic<int64_t> expected_{0};
  WaitableCount complete_;
  int64_t awaited_ = 0;
};

}  // namespace ampstream

#endif  // AMPSTREAM_TESTS_BENCHMARKS_COMPARE_ARRIVAL_ORDER_H_
