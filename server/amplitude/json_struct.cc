#include "server/amplitude/json_struct.h"

#include <cstdint>

#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/unknown_field_set.h"
#include "server/amplitude/number_text.h"

namespace ampstream {
namespace {

using google::protobuf::ListValue;
using google::protobuf::Struct;
using google::protobuf::Value;

// Wire types.
constexpr int kVarint = 0;
constexpr int kFixed64 = 1;

// Of an entry of a map.
constexpr int kKeyField = 1;
constexpr int kValueField = 2;

void PutValue(const JsonValue& json, int level, BackwardBytes* out);

void PutString(absl::string_view text, BackwardBytes* out) {
  const size_t behind = out->size();
  out->Put(text);
  out->PutHead(Value::kStringValueFieldNumber, behind);
}

void PutNumber(absl::string_view text, BackwardBytes* out) {
  const absl::optional<double> number = IsIntegerBeyondDouble(text) ? absl::nullopt : ToDouble(text);
  if (!number.has_value()) return PutString(text, out);
  out->PutDouble(*number);
  out->PutTag(Value::kNumberValueFieldNumber, kFixed64);
}

// Of a null, or a boolean.
void PutVarintField(int field, uint64_t integer, BackwardBytes* out) {
  out->PutVarint(integer);
  out->PutTag(field, kVarint);
}

// In front of a value, which was put since `size()` was `behind`.
void PutKey(absl::string_view name, size_t behind, BackwardBytes* out) {
  out->PutHead(kValueField, behind);
  const size_t behind_name = out->size();
  out->Put(name);
  out->PutHead(kKeyField, behind_name);
  out->PutHead(Struct::kFieldsFieldNumber, behind);
}

void PutItems(absl::Span<const JsonValue> items, int level, BackwardBytes* out) {
  for (auto item = items.rbegin(); item != items.rend(); ++item) {
    const size_t behind = out->size();
    PutValue(*item, level, out);
    out->PutHead(ListValue::kValuesFieldNumber, behind);
  }
}

void PutMember(const JsonMember& member, int level, BackwardBytes* out) {
  const size_t behind = out->size();
  PutValue(member.value, level, out);
  PutKey(member.key, behind, out);
}

// What stands in a Value. `level` is what an array or object at this place has.
void PutValue(const JsonValue& json, int level, BackwardBytes* out) {
  const bool is_container = json.is_array() || json.is_object();
  if (is_container && level > kMaxStructLevels) return PutString(json.raw(), out);
  const size_t behind = out->size();
  switch (json.kind()) {
    case JsonValue::Kind::kNull:
      return PutVarintField(Value::kNullValueFieldNumber, google::protobuf::NULL_VALUE, out);
    case JsonValue::Kind::kBoolean:
      return PutVarintField(Value::kBoolValueFieldNumber, json.text() == "true" ? 1 : 0, out);
    case JsonValue::Kind::kNumber:
      return PutNumber(json.text(), out);
    case JsonValue::Kind::kString:
      return PutString(json.text(), out);
    case JsonValue::Kind::kArray:
      PutItems(json.items(), level + 1, out);
      return out->PutHead(Value::kListValueFieldNumber, behind);
    case JsonValue::Kind::kObject:
      for (const JsonMember& member : json.members()) PutMember(member, level + 1, out);
      return out->PutHead(Value::kStructValueFieldNumber, behind);
  }
}

// A field that the generated code does not know is encoded as it is, behind the others.
void SetBytes(absl::string_view bytes, int field, google::protobuf::Message* out) {
  out->GetReflection()->MutableUnknownFields(out)->AddLengthDelimited(field)->assign(bytes.data(), bytes.size());
}

}  // namespace

void StructBytes::Add(absl::string_view name, const JsonValue& value) { PutMember({name, value}, level_ + 1, &bytes_); }

void StructBytes::Add(absl::string_view name, const StructBytes& fields) {
  const size_t behind = bytes_.size();
  bytes_.Put(fields.bytes());
  bytes_.PutHead(Value::kStructValueFieldNumber, behind);
  PutKey(name, behind, &bytes_);
}

void StructBytes::AddAll(const JsonValue& object) {
  for (const JsonMember& member : object.members()) PutMember(member, level_ + 1, &bytes_);
}

void SetStruct(const StructBytes& fields, int field, google::protobuf::Message* out) {
  SetBytes(fields.bytes(), field, out);
}

void SetValue(const JsonValue& value, int field, google::protobuf::Message* out) {
  BackwardBytes bytes;
  PutValue(value, 1, &bytes);
  SetBytes(bytes.bytes(), field, out);
}

void SetValue(const StructBytes& object, int field, google::protobuf::Message* out) {
  BackwardBytes bytes;
  bytes.Put(object.bytes());
  bytes.PutHead(Value::kStructValueFieldNumber, 0);
  SetBytes(bytes.bytes(), field, out);
}

}  // namespace ampstream
