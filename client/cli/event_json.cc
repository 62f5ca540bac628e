#include "client/cli/event_json.h"

#include <google/protobuf/util/json_util.h>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace ampstream {
namespace {

absl::StatusOr<std::string> Print(const google::protobuf::Message& message, bool indented) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  options.add_whitespace = indented;
  std::string json;
  const auto status = google::protobuf::util::MessageToJsonString(message, &json, options);
  if (!status.ok()) {
    return absl::InternalError(absl::StrCat("cannot print ", message.GetTypeName(), " as JSON: ", status.ToString()));
  }
  return json;
}

}  // namespace

absl::StatusOr<std::string> Json(const google::protobuf::Message& message) { return Print(message, false); }

absl::StatusOr<std::string> JsonLine(const google::protobuf::Message& message) {
  absl::StatusOr<std::string> json = Json(message);
  if (json.ok()) *json += '\n';
  return json;
}

absl::StatusOr<std::string> IndentedJson(const google::protobuf::Message& message) { return Print(message, true); }

}  // namespace ampstream
