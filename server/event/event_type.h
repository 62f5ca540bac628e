#ifndef AMPSTREAM_SERVER_EVENT_EVENT_TYPE_H_
#define AMPSTREAM_SERVER_EVENT_EVENT_TYPE_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "ampstream/v1/event.pb.h"

// The names of event types that a person types and reads: `events.track` for EVENT_TYPE_EVENTS_TRACK. Derived from the
// enum, so that there is one list.
namespace ampstream {

// The name of a type; empty for EVENT_TYPE_UNSPECIFIED and for what is no type.
absl::string_view EventTypeName(v1::EventType type);

// The type of a name; nothing where no type is called so.
absl::optional<v1::EventType> EventTypeOfName(absl::string_view name);

// All names, in the order of the enum.
const std::vector<std::string>& EventTypeNames();

// Whether a filter may ask for it: a known type, and not EVENT_TYPE_UNSPECIFIED.
bool IsEventType(int value);

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_EVENT_EVENT_TYPE_H_
