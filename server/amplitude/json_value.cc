#include "server/amplitude/json_value.h"

namespace ampstream {

absl::string_view JsonValue::text() const {
  return is_array() || is_object() ? absl::string_view() : absl::string_view(text_, size_);
}

absl::Span<const JsonValue> JsonValue::items() const {
  return is_array() ? absl::MakeConstSpan(items_, size_) : absl::Span<const JsonValue>();
}

absl::Span<const JsonMember> JsonValue::members() const {
  return is_object() ? absl::MakeConstSpan(members_, size_) : absl::Span<const JsonMember>();
}

const JsonValue* JsonValue::Find(absl::string_view key) const {
  for (const JsonMember& member : members()) {
    if (member.key == key) return &member.value;
  }
  return nullptr;
}

}  // namespace ampstream
