#include "server/event/event_type.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/strip.h"

namespace ampstream {
namespace {

// EVENT_TYPE_EVENTS_TRACK -> events.track, EVENT_TYPE_EXPERIMENTS_FLAG_CHANGED -> experiments.flag_changed
std::string NameOf(v1::EventType type) {
  std::string name = absl::AsciiStrToLower(absl::StripPrefix(v1::EventType_Name(type), "EVENT_TYPE_"));
  const size_t dot = name.find('_');
  if (dot != std::string::npos) name[dot] = '.';
  return name;
}

}  // namespace

const std::vector<std::string>& EventTypeNames() {
  static const auto* const names = [] {
    auto* made = new std::vector<std::string>;
    for (int value = v1::EventType_MIN + 1; value <= v1::EventType_MAX; ++value) {
      made->push_back(NameOf(static_cast<v1::EventType>(value)));
    }
    return made;
  }();
  return *names;
}

absl::string_view EventTypeName(v1::EventType type) {
  return IsEventType(type) ? EventTypeNames()[type - 1] : absl::string_view();
}

absl::optional<v1::EventType> EventTypeOfName(absl::string_view name) {
  const std::vector<std::string>& names = EventTypeNames();
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return absl::nullopt;
  return static_cast<v1::EventType>(found - names.begin() + 1);
}

bool IsEventType(int value) { return value > v1::EventType_MIN && value <= v1::EventType_MAX; }

}  // namespace ampstream
