#ifndef AMPSTREAM_CLIENT_CLI_EVENT_LINES_H_
#define AMPSTREAM_CLIENT_CLI_EVENT_LINES_H_

#include <string>

#include "absl/status/statusor.h"
#include "ampstream/v1/event.pb.h"
#include "client/cli/output_format.h"

namespace ampstream {

// Events as `tail` and `list` print them: a line each.
absl::StatusOr<std::string> EventLines(const google::protobuf::RepeatedPtrField<v1::Event>& events,
                                       OutputFormat output);

}  // namespace ampstream

#endif  // AMPSTREAM_CLIENT_CLI_EVENT_LINES_H_
