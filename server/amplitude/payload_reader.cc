#include "server/amplitude/payload_reader.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "server/amplitude/number_text.h"
#include "server/amplitude/time_text.h"
#include "server/amplitude/translate_error.h"

namespace ampstream {
namespace {

// Of an exported event, the best first.
constexpr absl::string_view kEventTimes[] = {"event_time", "time", "client_event_time", "server_received_time"};

bool IsIn(absl::string_view key, absl::Span<const absl::string_view> keys) {
  return std::find(keys.begin(), keys.end(), key) != keys.end();
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
    return IsAbsent(members[i].value) ? nullptr : &members[i].value;
  }
  return nullptr;
}

bool PayloadReader::IsAbsent(const JsonValue& value) const {
  return value.is_null() || (unread_fields_ != nullptr && value.is_string() && value.text().empty());
}

// A spelling that is not needed, and says nothing, need not be kept.
void PayloadReader::DropAbsent(absl::string_view name) {
  const JsonValue* const value = object_.Find(name);
  if (value != nullptr && IsAbsent(*value)) Drop(name);
}

void PayloadReader::NotUnderstood(const Found& found, Presence presence, absl::string_view why) {
  if (presence == kRequired || unread_fields_ == nullptr) return Fault(found.key, why);
  ++*unread_fields_;
  const absl::Span<const JsonMember> members = object_.members();
  for (size_t i = 0; i < members.size(); ++i) {
    if (members[i].key == found.key) taken_[i] = false;
  }
}

absl::optional<absl::string_view> PayloadReader::NumberText(const JsonValue& value, std::string* buffer) const {
  if (!IsText(value)) return absl::nullopt;
  if (IsJsonNumber(value.text())) return value.text();
  if (unread_fields_ == nullptr || !value.is_string() || !UngroupDigits(value.text(), buffer)) return absl::nullopt;
  return *buffer;
}

absl::optional<PayloadReader::Found> PayloadReader::Take(FieldName field, Presence presence) {
  if (const JsonValue* const value = TakeSpelling(field.name)) {
    if (!field.other.empty()) DropAbsent(field.other);
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
  if (!IsText(*found->value)) {
    NotUnderstood(*found, presence, "must be a string");
    return absl::nullopt;
  }
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
  std::string buffer;
  const absl::optional<absl::string_view> text = NumberText(*found->value, &buffer);
  const absl::optional<Decimal> number = text.has_value() ? Decimal::Parse(*text) : absl::optional<Decimal>();
  const absl::optional<int64_t> integer = number.has_value() ? number->ToInt64() : absl::nullopt;
  if (!integer.has_value()) NotUnderstood(*found, presence, "must be an integer of 64 bits");
  return integer;
}

absl::optional<double> PayloadReader::FindNumber(FieldName field) {
  const absl::optional<Found> found = Take(field, kOptional);
  if (!found.has_value()) return absl::nullopt;
  std::string buffer;
  const absl::optional<absl::string_view> text = NumberText(*found->value, &buffer);
  const absl::optional<double> number = text.has_value() ? ToDouble(*text) : absl::nullopt;
  if (!number.has_value()) NotUnderstood(*found, kOptional, "must be a number that a double can hold");
  return number;
}

absl::optional<bool> PayloadReader::FindBoolean(FieldName field, Presence presence) {
  const absl::optional<Found> found = Take(field, presence);
  if (!found.has_value()) return absl::nullopt;
  const absl::string_view text = found->value->text();
  if (text == "true" || text == "1") return true;
  if (text == "false" || text == "0") return false;
  NotUnderstood(*found, presence, "must be true or false");
  return absl::nullopt;
}

absl::optional<absl::Time> PayloadReader::FindTime(FieldName field, Presence presence) {
  const absl::optional<Found> found = Take(field, presence);
  if (!found.has_value()) return absl::nullopt;
  const absl::StatusOr<absl::Time> time = ReadTime(*found->value);
  if (time.ok()) return *time;
  NotUnderstood(*found, presence, time.status().message());
  return absl::nullopt;
}

absl::optional<absl::Time> PayloadReader::FindEventTime() {
  if (unread_fields_ == nullptr) return FindTime({"time"}, kRequired);
  for (const absl::string_view name : kEventTimes) {
    const absl::optional<absl::Time> time = FindTime({name}, kOptional);
    if (time.has_value()) return time;
  }
  return absl::nullopt;
}

const JsonValue* PayloadReader::FindObject(FieldName field) {
  const absl::optional<Found> found = Take(field, kOptional);
  if (!found.has_value()) return nullptr;
  if (found->value->is_object()) return found->value;
  NotUnderstood(*found, kOptional, "must be an object");
  return nullptr;
}

void PayloadReader::Struct(FieldName field, google::protobuf::Message* out, int field_number) {
  const JsonValue* const object = FindObject(field);
  if (object == nullptr) return;
  StructBytes fields;
  fields.AddAll(*object);
  SetStruct(fields, field_number, out);
}

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
  return PayloadReader(*object, JoinPath(path_, field.name), fault_, unread_fields_);
}

absl::Span<const JsonValue> PayloadReader::Items(FieldName field) {
  const absl::optional<Found> found = Take(field, kRequired);
  if (!found.has_value()) return {};
  if (!found->value->is_array()) Fault(found->key, "must be an array");
  return found->value->items();
}

void PayloadReader::Drop(absl::string_view name) { TakeSpelling(name); }

void PayloadReader::Rest(const JsonValue* envelope, google::protobuf::Message* out, int field_number) {
  SetRest(envelope, kEnvelopesOwn, out, field_number);
}

void PayloadReader::RestOfItem(const JsonValue& around, absl::string_view holder, google::protobuf::Message* out,
                               int field_number) {
  SetRest(&around, {&holder, 1}, out, field_number);
}

void PayloadReader::AddRest(StructBytes* out) const {
  const absl::Span<const JsonMember> members = object_.members();
  for (size_t i = 0; i < members.size(); ++i) {
    if (!taken_[i]) out->Add(members[i].key, members[i].value);
  }
}

void PayloadReader::SetRest(const JsonValue* around, Keys own, google::protobuf::Message* out, int field_number) const {
  StructBytes rest;
  AddRest(&rest);
  if (around != nullptr) AddAround(*around, own, &rest);
  if (!rest.empty()) SetStruct(rest, field_number, out);
}

void PayloadReader::AddAround(const JsonValue& around, Keys own, StructBytes* out) const {
  const absl::Span<const JsonMember> members = around.members();
  if (std::all_of(members.begin(), members.end(), [own](const auto& member) { return IsIn(member.key, own); })) return;
  absl::flat_hash_set<std::string> names;
  for (const JsonMember& member : object_.members()) names.emplace(member.key);
  for (const JsonMember& member : members) {
    if (IsIn(member.key, own)) continue;
    std::string name(member.key);
    while (names.contains(name)) name.insert(0, "envelope.");
    out->Add(name, member.value);
    names.insert(std::move(name));
  }
}

}  // namespace ampstream
