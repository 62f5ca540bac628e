#include "client/cli/event_text.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "client/cli/payload_text.h"
#include "client/cli/printable.h"
#include "server/event/event_type.h"

namespace ampstream {
namespace {

// The longest name is experiments.exposure; a source's name is as long as its owner likes, `default` being usual.
constexpr int kTypeWidth = 20;
constexpr int kSourceWidth = 7;

// A type that only a newer server knows has no name here.
std::string TypeText(v1::EventType type) {
  const absl::string_view name = EventTypeName(type);
  return name.empty() ? absl::StrCat("type-", static_cast<int>(type)) : std::string(name);
}

}  // namespace

std::string TimeText(const google::protobuf::Timestamp& time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ",
                          absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos()), absl::UTCTimeZone());
}

std::string EventLine(const v1::Event& event) {
  return absl::StrFormat("%s  %-*s  %-*s  %s  id=%s\n", TimeText(event.occur_time()), kTypeWidth,
                         TypeText(event.type()), kSourceWidth, Printable(event.source()), PayloadText(event),
                         Value(event.id()));
}

}  // namespace ampstream
