#ifndef AMPSTREAM_TESTS_BENCHMARKS_COMPARE_EVENT_SINK_H_
#define AMPSTREAM_TESTS_BENCHMARKS_COMPARE_EVENT_SINK_H_

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace ampstream {

// What subscribers hand their events to.
class EventSink {
 public:
  virtual ~EventSink() = default;

  // The next event of a subscriber (counted from 0), encoded, which came at `time`. Calls for one subscriber come one
  // after the other, those for several perhaps at once.
  virtual void OnEvent(int subscriber, absl::Time time, absl::string_view event) = 0;
};

}  // namespace ampstream

#endif  // AMPSTREAM_TESTS_BENCHMARKS_COMPARE_EVENT_SINK_H_
