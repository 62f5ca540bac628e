#include "server/amplitude/json_struct.h"
#include "server/amplitude/payloads.h"

namespace ampstream {

void ReadUnrecognized(const JsonValue& webhook, v1::Event* event) {
  v1::Unrecognized* const out = event->mutable_unrecognized();
  const absl::string_view type = webhook.Find("type")->text();
  out->set_type(type.data(), type.size());
  if (const JsonValue* const data = webhook.Find("data")) return SetValue(*data, out->mutable_data());
  google::protobuf::Struct* const fields = out->mutable_data()->mutable_struct_value();
  for (const JsonMember& member : webhook.members()) {
    if (member.key != "type") AddToStruct(member.key, member.value, fields);
  }
}

}  // namespace ampstream
