#ifndef AMPSTREAM_TESTS_BENCHMARKS_TRACK_JSON_H_
#define AMPSTREAM_TESTS_BENCHMARKS_TRACK_JSON_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "ampstream/v1/event.pb.h"

namespace ampstream {

// What a benchmark writes into an event, to know it again where it arrives.
struct TrackMark {
  int64_t number = 0;        // No two events of a server's life may share one: they would be duplicates.
  int64_t scheduled_us = 0;  // When it should be sent, in microseconds after a start of the program's choice.
};

// A webhook `events.track` of some 700 bytes, as a client library of Amplitude's makes them; delivered, an event of
// 485. A hundredth of all have one event type: "Button Tap 007" those with the numbers 7, 107, and so on.
std::string TrackJson(const TrackMark& mark);

// The same for each of the numbers from `first` on, as one array.
std::string TrackArrayJson(int64_t first, int64_t count);

// The mark's number, found in the event's encoded bytes without parsing them; nothing if it is not there.
absl::optional<int64_t> NumberIn(absl::string_view encoded_event);

// The mark of an event that was made so; nothing if it was not.
absl::optional<TrackMark> MarkOf(const v1::Event& event);

}  // namespace ampstream

#endif  // AMPSTREAM_TESTS_BENCHMARKS_TRACK_JSON_H_
