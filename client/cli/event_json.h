#ifndef AMPSTREAM_CLIENT_CLI_EVENT_JSON_H_
#define AMPSTREAM_CLIENT_CLI_EVENT_JSON_H_

#include <string>

#include "absl/status/statusor.h"
#include "google/protobuf/message.h"

// Proto3 JSON (https://protobuf.dev/programming-guides/json/) with the proto's own field names: `user_id`, as in filter
// paths, not `userId`. INTERNAL: the message holds what JSON cannot (no server sends such).
namespace ampstream {

// On one line, without a line end.
absl::StatusOr<std::string> Json(const google::protobuf::Message& message);

// The same with its line end.
absl::StatusOr<std::string> JsonLine(const google::protobuf::Message& message);

// Over several lines, indented, with its line end: for a person.
absl::StatusOr<std::string> IndentedJson(const google::protobuf::Message& message);

}  // namespace ampstream

#endif  // AMPSTREAM_CLIENT_CLI_EVENT_JSON_H_
