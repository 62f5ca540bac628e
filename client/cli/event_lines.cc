#include "client/cli/event_lines.h"

#include "client/cli/event_json.h"
#include "client/cli/event_text.h"

namespace ampstream {

absl::StatusOr<std::string> EventLines(const google::protobuf::RepeatedPtrField<v1::Event>& events,
                                       OutputFormat output) {
  std::string lines;
  for (const v1::Event& event : events) {
    if (output == OutputFormat::kText) {
      lines += EventLine(event);
      continue;
    }
    absl::StatusOr<std::string> line = JsonLine(event);
    if (!line.ok()) return line.status();
    lines += *line;
  }
  return lines;
}

}  // namespace ampstream
