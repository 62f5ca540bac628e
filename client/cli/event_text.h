#ifndef AMPSTREAM_CLIENT_CLI_EVENT_TEXT_H_
#define AMPSTREAM_CLIENT_CLI_EVENT_TEXT_H_

#include <string>

#include "ampstream/v1/event.pb.h"

namespace ampstream {

// An event as one readable line, with its line end: when it happened (UTC), type, source, what tells most of the
// payload, and the event's id. Long values are cut, control characters escaped: for eyes, not for programs.
//
//   2026-01-31T08:00:00.000Z  events.track          default  "Plan Upgraded" user=ada plan=pro  id=0f3a...
std::string EventLine(const v1::Event& event);

// A Timestamp as RFC 3339 with milliseconds, UTC: always of the same width.
std::string TimeText(const google::protobuf::Timestamp& time);

}  // namespace ampstream

#endif  // AMPSTREAM_CLIENT_CLI_EVENT_TEXT_H_
