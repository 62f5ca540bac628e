#ifndef AMPSTREAM_SERVER_EVENT_NEW_EVENT_H_
#define AMPSTREAM_SERVER_EVENT_NEW_EVENT_H_

#include <string>

#include "absl/time/time.h"
#include "server/event/event_id.h"

namespace ampstream {

// An event that has no place in the log yet.
struct NewEvent {
  EventId id;
  absl::Time receive_time;
  std::string encoded;  // The v1.Event, without its cursor: the log gives that.
};

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_EVENT_NEW_EVENT_H_
