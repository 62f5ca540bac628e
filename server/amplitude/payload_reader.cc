#include "server/amplitude/payload_reader.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "server/amplitude/json_struct.h"
#include "server/amplitude/number_text.h"
#include "server/amplitude/time_text.h"
#include "server/amplitude/translate_error.h"

namespace ampstream {
namespace {

// What an envelope has for itself, rather than for its event.
bool IsEnvelopesOwn(absl::string_view key) { return key == "type" || key == "created_at" || key == "data"; }

bool HasMoreThanItsOwn(const JsonValue* envelope) {
  if (envelope == nullptr) return false;
  const absl::Span<const JsonMember> members = envelope->members();
  return !std::all_of(members.begin(), members.end(), [](const auto& member) { return IsEnvelopesOwn(member.key); });
}

bool IsText(const JsonValue& value) { return value.is_string() || value.kind() == JsonValue::Kind::kNumber; }

}  // namespace

std::string JoinPath(absl::string_view parent, absl::string_view name) {
  return parent.empty() ? std::string(name) : absl::StrCat(parent, ".", name);
}

void PayloadReader::Fault(absl::string_view key, absl::string_view why) {
  if (fault_->ok()) *fault_ = DoesNotFit(JoinPath(path_, key), why);
}

const JsonValue* PayloadReader::TakeSpelling(absl::string_view name) {
  const absl::Span<const JsonMember> members = object_.members();
  for (size_t i = 0; i < members.size(); ++i) {
    if (members[i].key != name) continue;
    taken_[i] = true;
    return members[i].value.is_null() ? nullptr : &members[i].value;
  }
  return nullptr;
}

// Null under a spelling that is not needed says nothing that would have to be kept.
void PayloadReader::DropNull(absl::string_view name) {
  const JsonValue* const value = object_.Find(name);
  if (value != nullptr && value->is_null()) Drop(name);
}

absl::optional<PayloadReader::Found> PayloadReader::Take(FieldName field, Presence presence) {
  if (const JsonValue* const value = TakeSpelling(field.name)) {
    if (!field.other.empty()) DropNull(field.other);
    return Found{field.name, value};
  }
  if (!field.other.empty()) {
    if (const JsonValue* const value = TakeSpelling(field.other)) return Found{field.other, value};
  }
  if (presence == kRequired) Fault(field.name, "is required");
  return absl::nullopt;
}

absl::optional<absl::string_view> PayloadReader::FindString(FieldName field, Presence presence) {
  const absl::optional<Found> found = Take(field, presence);
  if (!found.has_value()) return absl::nullopt;
  if (!IsText(*found->value)) Fault(found->key, "must be a string");
  if (presence == kRequired && found->value->text().empty()) Fault(found->key, "is required: it must not be empty");
  return found->value->text();
}

absl::optional<absl::string_view> PayloadReader::FindDate(FieldName field) {
  const absl::optional<Found> found = Take(field, kRequired);
  if (!found.has_value()) return absl::nullopt;
  if (!found->value->is_string() || !IsDate(found->value->text())) Fault(found->key, "must be a day, YYYY-MM-DD");
  return found->value->text();
}

absl::optional<int64_t> PayloadReader::FindInteger(FieldName field, Presence presence) {
  const absl::optional<Found> found = Take(field, presence);
  if (!found.has_value()) return absl::nullopt;
  const absl::optional<Decimal> number =
      IsText(*found->value) ? Decimal::Parse(found->value->text()) : absl::optional<Decimal>();
  const absl::optional<int64_t> integer = number.has_value() ? number->ToInt64() : absl::nullopt;
  if (!integer.has_value()) Fault(found->key, "must be an integer of 64 bits");
  return integer;
}

absl::optional<double> PayloadReader::FindNumber(FieldName field) {
  const absl::optional<Found> found = Take(field, kOptional);
  if (!found.has_value()) return absl::nullopt;
  const bool is_number = IsText(*found->value) && IsJsonNumber(found->value->text());
  const absl::optional<double> number = is_number ? ToDouble(found->value->text()) : absl::nullopt;
  if (!number.has_value()) Fault(found->key, "must be a number that a double can hold");
  return number;
}

absl::optional<bool> PayloadReader::FindBoolean(FieldName field) {
  const absl::optional<Found> found = Take(field, kOptional);
  if (!found.has_value()) return absl::nullopt;
  const absl::string_view text = found->value->text();
  if (text == "true" || text == "1") return true;
  if (text == "false" || text == "0") return false;
  Fault(found->key, "must be true or false");
  return absl::nullopt;
}

absl::optional<absl::Time> PayloadReader::FindTime(FieldName field, Presence presence) {
  const absl::optional<Found> found = Take(field, presence);
  if (!found.has_value()) return absl::nullopt;
  const absl::StatusOr<absl::Time> time = ReadTime(*found->value);
  if (time.ok()) return *time;
  Fault(found->key, time.status().message());
  return absl::nullopt;
}

const JsonValue* PayloadReader::FindObject(FieldName field) {
  const absl::optional<Found> found = Take(field, kOptional);
  if (!found.has_value()) return nullptr;
  if (found->value->is_object()) return found->value;
  Fault(found->key, "must be an object");
  return nullptr;
}

void PayloadReader::SetStruct(const JsonValue& object, google::protobuf::Struct* out) { AddToStruct(object, out); }

void PayloadReader::Strings(FieldName field, google::protobuf::RepeatedPtrField<std::string>* out) {
  const absl::optional<Found> found = Take(field, kOptional);
  if (!found.has_value()) return;
  if (!found->value->is_array()) return Fault(found->key, "must be an array of strings");
  const absl::Span<const JsonValue> items = found->value->items();
  for (size_t i = 0; i < items.size(); ++i) {
    if (!IsText(items[i])) return Fault(absl::StrCat(found->key, "[", i, "]"), "must be a string");
    out->Add()->assign(items[i].text().data(), items[i].text().size());
  }
}

absl::optional<PayloadReader> PayloadReader::Object(FieldName field) {
  const JsonValue* const object = FindObject(field);
  if (object == nullptr) return absl::nullopt;
  return PayloadReader(*object, JoinPath(path_, field.name), fault_);
}

void PayloadReader::Drop(absl::string_view name) { TakeSpelling(name); }

bool PayloadReader::HasRest(const JsonValue* envelope) const {
  return std::find(taken_.begin(), taken_.end(), false) != taken_.end() || HasMoreThanItsOwn(envelope);
}

void PayloadReader::SetRest(const JsonValue* envelope, google::protobuf::Struct* out) const {
  const absl::Span<const JsonMember> members = object_.members();
  for (size_t i = 0; i < members.size(); ++i) {
    if (!taken_[i]) AddToStruct(members[i].key, members[i].value, out);
  }
  if (HasMoreThanItsOwn(envelope)) AddEnvelope(*envelope, out);
}

void PayloadReader::AddEnvelope(const JsonValue& envelope, google::protobuf::Struct* out) const {
  absl::flat_hash_set<absl::string_view> names;
  for (const JsonMember& member : object_.members()) names.insert(member.key);
  for (const JsonMember& member : envelope.members()) {
    if (IsEnvelopesOwn(member.key)) continue;
    std::string name(member.key);
    while (names.contains(name) || out->fields().contains(name)) name.insert(0, "envelope.");
    AddToStruct(name, member.value, out);
  }
}

}  // namespace ampstream
