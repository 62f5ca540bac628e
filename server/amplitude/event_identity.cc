#include "server/amplitude/event_identity.h"

#include <algorithm>
#include <array>

#include "absl/strings/match.h"

namespace ampstream {
namespace {

// Keys of ids that one event has and no other. Not those of who or what had a part in it: user_id, session_id, app_id.
constexpr std::array<absl::string_view, 11> kEventIdKeys = {
    "id",       "event_id",   "insert_id", "uuid",        "message_id",  "annotation_id",
    "alert_id", "monitor_id", "cohort_id", "exposure_id", "delivery_id",
};
constexpr std::array<absl::string_view, 3> kTimeKeys = {"time", "date", "timestamp"};

template <size_t kSize>
bool IsIn(absl::string_view key, const std::array<absl::string_view, kSize>& keys) {
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

bool TellsEventsApart(const JsonMember& member) {
  if (member.value.is_null()) return false;
  return absl::EndsWith(member.key, "_time") || absl::EndsWith(member.key, "_at") || IsIn(member.key, kTimeKeys) ||
         IsIn(member.key, kEventIdKeys);
}

// A part of an id, told apart from one that is absent.
struct Part {
  absl::string_view present;  // "1" or "0"
  absl::string_view text;
};

Part PartOf(const JsonValue* value) {
  if (value == nullptr || value->is_null()) return {"0", ""};
  return {"1", value->is_array() || value->is_object() ? value->raw() : value->text()};
}

// Of the data, or of its `user`, where exposures have it.
Part PartOfUser(const JsonValue& data, absl::string_view key) {
  const Part own = PartOf(data.Find(key));
  const JsonValue* const user = data.Find("user");
  return own.present == "1" || user == nullptr ? own : PartOf(user->Find(key));
}

}  // namespace

EventId IdentityOf(absl::string_view source, absl::string_view type, const JsonValue& data) {
  Part insert_id = PartOf(data.Find("insert_id"));
  if (insert_id.text.empty()) insert_id = PartOf(data.Find("$insert_id"));
  if (!insert_id.text.empty()) {
    const Part device = PartOfUser(data, "device_id");
    const Part user = PartOfUser(data, "user_id");
    return EventId::Of({source, type, "i", insert_id.text, device.present, device.text, user.present, user.text});
  }
  const absl::Span<const JsonMember> members = data.members();
  if (std::any_of(members.begin(), members.end(), TellsEventsApart)) {
    return EventId::Of({source, type, "d", data.raw()});
  }
  return EventId::Random();
}

}  // namespace ampstream
