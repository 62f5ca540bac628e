#ifndef AMPSTREAM_SERVER_AMPLITUDE_EVENT_IDENTITY_H_
#define AMPSTREAM_SERVER_AMPLITUDE_EVENT_IDENTITY_H_

#include "absl/strings/string_view.h"
#include "server/amplitude/json_value.h"
#include "server/event/event_id.h"

namespace ampstream {

// The id of the event that `data` tells of, the same for every retry: from `insert_id` with `device_id` and `user_id`
// where there is one, else from the data's very bytes if these bear a time or an id of the event. What bears neither
// may well happen twice alike: it gets a random id, and so does its retry. `type` is one name for all spellings of the
// type.
EventId IdentityOf(absl::string_view source, absl::string_view type, const JsonValue& data);

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_AMPLITUDE_EVENT_IDENTITY_H_
