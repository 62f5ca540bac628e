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
  if (const JsonValue* const data = webhook.Find("data")) {
    SetValue(*data, out->mutable_data());
    for (const JsonMember& member : webhook.members()) {
      if (!IsTold(member)) AddToStruct(member.key, member.value, out->mutable_additional_fields());
    }
    return;
  }
  google::protobuf::Struct* const fields = out->mutable_data()->mutable_struct_value();
  for (const JsonMember& member : webhook.members()) {
    if (member.key != "type") AddToStruct(member.key, member.value, fields);
  }
}

}  // namespace ampstream
