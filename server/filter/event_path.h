#ifndef AMPSTREAM_SERVER_FILTER_EVENT_PATH_H_
#define AMPSTREAM_SERVER_FILTER_EVENT_PATH_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/filter/expression.h"

namespace ampstream {

// What a path of an expression leads to in a v1.Event.
struct EventPath {
  enum class Kind { kString, kInteger, kDouble, kBool, kEventType, kTime, kMessage, kStruct, kValue };

  std::string name;               // The full path: `events_track.user_id`.
  std::vector<int> fields;        // Numbers of the fields, from Event on.
  Kind kind = Kind::kString;      // Of the last of them.
  std::vector<std::string> keys;  // Below it, if it is a Struct or a Value: any, at any depth.
};

// `a text`, `a time`, ...: for an error.
absl::string_view NameOf(EventPath::Kind kind);

// All that a path can mean: one, or, of a short one, the field of each payload that has it. Event's own fields come
// before a payload's. All are of one kind. INVALID_ARGUMENT, as of SyntaxError: an unknown field (with the nearest
// known path), a path that goes beyond a value, or one that differs between payloads.
absl::StatusOr<std::vector<EventPath>> ResolvePath(const std::vector<PathPart>& path);

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_FILTER_EVENT_PATH_H_
