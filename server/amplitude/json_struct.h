#ifndef AMPSTREAM_SERVER_AMPLITUDE_JSON_STRUCT_H_
#define AMPSTREAM_SERVER_AMPLITUDE_JSON_STRUCT_H_

#include "absl/strings/string_view.h"
#include "google/protobuf/struct.pb.h"
#include "server/amplitude/json_value.h"

// JSON as protobuf's Struct. Where that would lose something the value is kept as a string: an integer that a double
// cannot hold exactly and a number that it cannot hold at all by their text, what is nested deeper than
// kMaxStructLevels by its JSON text.
namespace ampstream {

// The levels of objects and arrays that a Struct is given, itself counted. A Struct of 33 levels can be written, but
// parsers with protobuf's usual recursion limit of 100 do not read it.
constexpr int kMaxStructLevels = 32;

// Adds each member of an object, of names that are not there yet.
void AddToStruct(const JsonValue& object, google::protobuf::Struct* out);

// Adds one field, of a name that is not there yet.
void AddToStruct(absl::string_view name, const JsonValue& value, google::protobuf::Struct* out);

void SetValue(const JsonValue& value, google::protobuf::Value* out);

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_AMPLITUDE_JSON_STRUCT_H_
