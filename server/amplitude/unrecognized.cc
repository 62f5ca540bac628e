#include "server/amplitude/json_struct.h"
#include "server/amplitude/payloads.h"
#include "server/amplitude/time_text.h"

namespace ampstream {
namespace {

// Whether a member of the envelope is told elsewhere in the event.
bool IsTold(const JsonMember& member) {
  if (member.key == "created_at") return member.value.is_null() || ReadTime(member.value).ok();
  return member.key == "type" || member.key == "data";
}

}  // namespace

void ReadUnrecognized(const JsonValue& webhook, v1::Event* event) {
  v1::Unrecognized* const out = event->mutable_unrecognized();
  const absl::string_view type = webhook.Find("type")->text();
  out->set_type(type.data(), type.size());
  StructBytes fields;
  const JsonValue* const data = webhook.Find("data");
  for (const JsonMember& member : webhook.members()) {
    if (data != nullptr ? !IsTold(member) : member.key != "type") fields.Add(member.key, member.value);
  }
  if (data == nullptr) return SetValue(fields, v1::Unrecognized::kDataFieldNumber, out);
  SetValue(*data, v1::Unrecognized::kDataFieldNumber, out);
  if (!fields.empty()) SetStruct(fields, v1::Unrecognized::kAdditionalFieldsFieldNumber, out);
}

}  // namespace ampstream
