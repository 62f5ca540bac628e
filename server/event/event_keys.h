#ifndef AMPSTREAM_SERVER_EVENT_EVENT_KEYS_H_
#define AMPSTREAM_SERVER_EVENT_EVENT_KEYS_H_

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "ampstream/v1/event.pb.h"

namespace ampstream {

// What subscribers choose events by. The views are into the event's bytes. A value.
struct EventKeys {
  v1::EventType type = v1::EVENT_TYPE_UNSPECIFIED;
  absl::string_view source;
  absl::Time receive_time = absl::InfinitePast();
  absl::optional<absl::string_view> user_id;     // Of whichever payload has one.
  absl::optional<absl::string_view> device_id;   // Of whichever payload has one.
  absl::optional<absl::string_view> event_type;  // Of events_track: what the user did.
};

// From an encoded v1.Event, without parsing it. What damaged bytes do not tell is absent.
EventKeys KeysOf(absl::string_view encoded_event);

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_EVENT_EVENT_KEYS_H_
