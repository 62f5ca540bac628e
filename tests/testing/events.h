#ifndef AMPSTREAM_TESTS_TESTING_EVENTS_H_
#define AMPSTREAM_TESTS_TESTING_EVENTS_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "ampstream/v1/event.pb.h"
#include "server/event/new_event.h"
#include "server/log/chunk.h"

// Events for tests of what stands behind the ingress.
namespace ampstream {

struct EventSpec {
  std::string name;  // Makes the id: equal names are equal ids.
  v1::EventType type = v1::EVENT_TYPE_EVENTS_TRACK;
  std::string source = "default";
  std::string user_id = "user-1";
  absl::Time receive_time = absl::FromUnixSeconds(1767323045);
  size_t padding = 0;  // Bytes of event_type, to make it larger.
};

// Of type events.track, events.identify, or, without ids, anything else.
NewEvent MakeEvent(const EventSpec& spec);

// One for each name.
std::vector<NewEvent> MakeEvents(const std::vector<std::string>& names);

// Names `PREFIX0` to `PREFIX(n-1)`.
std::vector<std::string> Names(absl::string_view prefix, int n);

// The events of a chunk; fails the test on one that cannot be parsed.
std::vector<v1::Event> EventsOf(const Chunk& chunk);

}  // namespace ampstream

#endif  // AMPSTREAM_TESTS_TESTING_EVENTS_H_
