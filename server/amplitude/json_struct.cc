#include "server/amplitude/json_struct.h"

#include <string>
#include <string_view>

#include "absl/types/optional.h"
#include "server/amplitude/number_text.h"

namespace ampstream {
namespace {

void Fill(const JsonValue& json, int level, google::protobuf::Value* out);

void FillField(absl::string_view name, const JsonValue& json, int level, google::protobuf::Struct* out) {
  // A std::string_view, because the map then makes the only copy.
  Fill(json, level, &(*out->mutable_fields())[std::string_view(name.data(), name.size())]);
}

void FillString(absl::string_view text, google::protobuf::Value* out) {
  out->set_string_value(text.data(), text.size());
}

void FillNumber(absl::string_view text, google::protobuf::Value* out) {
  const absl::optional<double> number = IsIntegerBeyondDouble(text) ? absl::nullopt : ToDouble(text);
  if (!number.has_value()) return FillString(text, out);
  out->set_number_value(*number);
}

// `level` is what an array or object at this place has.
void Fill(const JsonValue& json, int level, google::protobuf::Value* out) {
  const bool too_deep = level > kMaxStructLevels;
  switch (json.kind()) {
    case JsonValue::Kind::kNull:
      out->set_null_value(google::protobuf::NULL_VALUE);
      break;
    case JsonValue::Kind::kBoolean:
      out->set_bool_value(json.text() == "true");
      break;
    case JsonValue::Kind::kNumber:
      FillNumber(json.text(), out);
      break;
    case JsonValue::Kind::kString:
      FillString(json.text(), out);
      break;
    case JsonValue::Kind::kArray:
      if (too_deep) return FillString(json.raw(), out);
      out->mutable_list_value();
      for (const JsonValue& item : json.items()) Fill(item, level + 1, out->mutable_list_value()->add_values());
      break;
    case JsonValue::Kind::kObject:
      if (too_deep) return FillString(json.raw(), out);
      out->mutable_struct_value();
      for (const JsonMember& member : json.members()) {
        FillField(member.key, member.value, level + 1, out->mutable_struct_value());
      }
      break;
  }
}

}  // namespace

void AddToStruct(const JsonValue& object, google::protobuf::Struct* out) {
  for (const JsonMember& member : object.members()) AddToStruct(member.key, member.value, out);
}

void AddToStruct(absl::string_view name, const JsonValue& value, google::protobuf::Struct* out) {
  FillField(name, value, 2, out);
}

void SetValue(const JsonValue& value, google::protobuf::Value* out) { Fill(value, 1, out); }

}  // namespace ampstream
