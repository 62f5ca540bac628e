#ifndef AMPSTREAM_CLIENT_CLI_PAYLOAD_TEXT_H_
#define AMPSTREAM_CLIENT_CLI_PAYLOAD_TEXT_H_

#include <string>

#include "ampstream/v1/event.pb.h"

namespace ampstream {

// What tells most of an event's payload: a name, then `key=value` pairs, absent ones left out; of a free map the first
// few by key. Safe for a terminal.
std::string PayloadText(const v1::Event& event);

}  // namespace ampstream

#endif  // AMPSTREAM_CLIENT_CLI_PAYLOAD_TEXT_H_
