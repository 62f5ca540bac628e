#ifndef AMPSTREAM_SERVER_AMPLITUDE_PAYLOAD_READER_H_
#define AMPSTREAM_SERVER_AMPLITUDE_PAYLOAD_READER_H_

#include <cstdint>
#include <string>
#include <utility>

#include "absl/container/inlined_vector.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "google/protobuf/message.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "google/protobuf/timestamp.pb.h"
#include "server/amplitude/json_struct.h"
#include "server/amplitude/json_value.h"
#include "server/event/times.h"

namespace ampstream {

// A field's name on the wire, and its other spelling. Where both are sent the first one counts.
struct FieldName {
  absl::string_view name;
  absl::string_view other = {};
};

// `parent.name`; the name alone where the parent is the whole body.
std::string JoinPath(absl::string_view parent, absl::string_view name);

// Reads the fields of one JSON object into a message of the same fields, and what no field took into its
// `additional_fields`. Null is the same as absent. The first fault is kept as a DoesNotFit; what is read after it has
// no meaning. Each method takes the message and its accessor:
//
//   reader.String({"id", "user_id"}, user, &User::mutable_id);
//
// Of what a template of Amplitude's printed (`unread_fields` is given) it is lenient: an empty string is the same as
// absent, the digits of a number in a string may be grouped by commas, and an optional field that it cannot understand
// is left for `additional_fields`, and counted.
//
// The object, `fault` and `unread_fields` must outlive the reader. Thread-compatible.
class PayloadReader {
 public:
  enum Presence { kOptional, kRequired };

  // `path` is the object's own, for errors. A fault that is there already stays. `unread_fields` is counted up;
  // nullptr: what cannot be understood is a fault, optional or not.
  PayloadReader(const JsonValue& object, std::string path, absl::Status* fault, int64_t* unread_fields = nullptr)
      : object_(object),
        path_(std::move(path)),
        fault_(fault),
        unread_fields_(unread_fields),
        taken_(object.members().size()) {}

  // A string; a number becomes its own text. A required one is not empty.
  template <typename Message>
  void String(FieldName field, Message* out, std::string* (Message::*mutable_field)(), Presence presence = kOptional) {
    if (const auto text = FindString(field, presence)) (out->*mutable_field)()->assign(text->data(), text->size());
  }

  // A day `YYYY-MM-DD`. Required.
  template <typename Message>
  void Date(FieldName field, Message* out, std::string* (Message::*mutable_field)()) {
    if (const auto text = FindDate(field)) (out->*mutable_field)()->assign(text->data(), text->size());
  }

  // An integer of 64 bits, also as 42.0, 4.2e1 or in a string.
  template <typename Message>
  void Integer(FieldName field, Message* out, void (Message::*set_field)(int64_t), Presence presence = kOptional) {
    if (const auto number = FindInteger(field, presence)) (out->*set_field)(*number);
  }

  // A number that a double can hold, also in a string.
  template <typename Message>
  void Number(FieldName field, Message* out, void (Message::*set_field)(double)) {
    if (const auto number = FindNumber(field)) (out->*set_field)(*number);
  }

  // true or false, also as 1 or 0, each also in a string.
  template <typename Message>
  void Boolean(FieldName field, Message* out, void (Message::*set_field)(bool), Presence presence = kOptional) {
    if (const auto truth = FindBoolean(field, presence)) (out->*set_field)(*truth);
  }

  // A time, as ReadTime takes it.
  template <typename Message>
  void Time(FieldName field, Message* out, google::protobuf::Timestamp* (Message::*mutable_field)(),
            Presence presence = kOptional) {
    if (const auto time = FindTime(field, presence)) SetTimestamp(*time, (out->*mutable_field)());
  }

  // The time of an event: `time`, which is required. Of a lenient reader the first that it understands of the exported
  // event's times, if there is one.
  template <typename Message>
  void EventTime(Message* out, google::protobuf::Timestamp* (Message::*mutable_field)()) {
    if (const auto time = FindEventTime()) SetTimestamp(*time, (out->*mutable_field)());
  }

  // An object, kept as it is in that field of a message, which is a Struct. An empty one is present.
  void Struct(FieldName field, google::protobuf::Message* out, int field_number);

  // An array of strings; numbers become their own text.
  void Strings(FieldName field, google::protobuf::RepeatedPtrField<std::string>* out);

  // An object that has fields of its own.
  absl::optional<PayloadReader> Object(FieldName field);

  // Of a required array: its items; none where there is a fault.
  absl::Span<const JsonValue> Items(FieldName field);

  // Takes a field and drops it.
  void Drop(absl::string_view name);

  // Notes a fault of a field.
  void Fault(absl::string_view key, absl::string_view why);

  // Last: what is left of the object and, under names that it does not use, of the envelope around it, unless there is
  // neither. nullptr: there is no envelope. `field_number`: of a Struct.
  void Rest(const JsonValue* envelope, google::protobuf::Message* out, int field_number);

  // The same of an item of the array `holder` of the object around it.
  void RestOfItem(const JsonValue& around, absl::string_view holder, google::protobuf::Message* out, int field_number);

  // Adds what is left of the object alone.
  void AddRest(StructBytes* out) const;

 private:
  using Keys = absl::Span<const absl::string_view>;

  // What an envelope has for itself, rather than for its event.
  static constexpr absl::string_view kEnvelopesOwn[] = {"type", "created_at", "data"};

  // A field that was found, and is not null; `key` is its spelling.
  struct Found {
    absl::string_view key;
    const JsonValue* value;
  };

  absl::optional<Found> Take(FieldName field, Presence presence);
  const JsonValue* TakeSpelling(absl::string_view name);
  void DropAbsent(absl::string_view name);
  bool IsAbsent(const JsonValue& value) const;
  // Of a field that was taken and cannot be understood.
  void NotUnderstood(const Found& found, Presence presence, absl::string_view why);
  // What a number's field says, as JSON writes it; `buffer` may hold it.
  absl::optional<absl::string_view> NumberText(const JsonValue& value, std::string* buffer) const;

  absl::optional<absl::string_view> FindString(FieldName field, Presence presence);
  absl::optional<absl::string_view> FindDate(FieldName field);
  absl::optional<int64_t> FindInteger(FieldName field, Presence presence);
  absl::optional<double> FindNumber(FieldName field);
  absl::optional<bool> FindBoolean(FieldName field, Presence presence);
  absl::optional<absl::Time> FindTime(FieldName field, Presence presence);
  absl::optional<absl::Time> FindEventTime();
  const JsonValue* FindObject(FieldName field);

  void SetRest(const JsonValue* around, Keys own, google::protobuf::Message* out, int field_number) const;
  void AddAround(const JsonValue& around, Keys own, StructBytes* out) const;

  const JsonValue& object_;
  const std::string path_;
  absl::Status* const fault_;
  int64_t* const unread_fields_;
  absl::InlinedVector<bool, 64> taken_;  // By the object's members: whether a field took it.
};

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_AMPLITUDE_PAYLOAD_READER_H_
