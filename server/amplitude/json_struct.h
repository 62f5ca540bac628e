#ifndef AMPSTREAM_SERVER_AMPLITUDE_JSON_STRUCT_H_
#define AMPSTREAM_SERVER_AMPLITUDE_JSON_STRUCT_H_

#include <cstddef>

#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"
#include "server/amplitude/backward_bytes.h"
#include "server/amplitude/json_value.h"

// JSON as protobuf's Struct. Where that would lose something the value is kept as a string: an integer that a double
// cannot hold exactly and a number that it cannot hold at all by their text, what is nested deeper than
// kMaxStructLevels by its JSON text.
namespace ampstream {

// The levels of objects and arrays that a Struct is given, itself counted. A Struct of 33 levels can be written, but
// parsers with protobuf's usual recursion limit of 100 do not read it.
constexpr int kMaxStructLevels = 32;

// A google.protobuf.Struct as its bytes: the message itself, with a map and a Value for each field, would cost more
// than all else in an event. Thread-compatible.
class StructBytes {
 public:
  // `level`: 1; 2 for one that will be a field of another; and so on.
  explicit StructBytes(int level = 1) : level_(level) {}

  // Adds one field, of a name that is not there yet.
  void Add(absl::string_view name, const JsonValue& value);
  void Add(absl::string_view name, const StructBytes& fields);

  // Adds each member of an object, of names that are not there yet.
  void AddAll(const JsonValue& object);

  bool empty() const { return bytes_.size() == 0; }
  absl::string_view bytes() const { return bytes_.bytes(); }

 private:
  const int level_;
  BackwardBytes bytes_;
};

// Sets a field of `out`, which is a Struct (SetStruct) or a Value (SetValue), and has not been set. The message has the
// field once it has been encoded; its accessors do not know of it.
void SetStruct(const StructBytes& fields, int field, google::protobuf::Message* out);
void SetValue(const JsonValue& value, int field, google::protobuf::Message* out);
void SetValue(const StructBytes& object, int field, google::protobuf::Message* out);

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_AMPLITUDE_JSON_STRUCT_H_
