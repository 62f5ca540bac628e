#ifndef AMPSTREAM_SERVER_AMPLITUDE_JSON_VALUE_H_
#define AMPSTREAM_SERVER_AMPLITUDE_JSON_VALUE_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace ampstream {

struct JsonMember;

// One value of a parsed body: a view into the body and into the parser that made it. A value.
class JsonValue {
 public:
  enum class Kind : uint8_t { kNull, kBoolean, kNumber, kString, kArray, kObject };

  JsonValue() = default;
  JsonValue(Kind scalar, absl::string_view raw, absl::string_view text)
      : raw_(raw.data()), text_(text.data()), raw_size_(raw.size()), size_(text.size()), kind_(scalar) {}
  JsonValue(absl::string_view raw, absl::Span<const JsonValue> items)
      : raw_(raw.data()), items_(items.data()), raw_size_(raw.size()), size_(items.size()), kind_(Kind::kArray) {}
  JsonValue(absl::string_view raw, absl::Span<const JsonMember> members)
      : raw_(raw.data()),
        members_(members.data()),
        raw_size_(raw.size()),
        size_(members.size()),
        kind_(Kind::kObject) {}

  Kind kind() const { return kind_; }
  bool is_null() const { return kind_ == Kind::kNull; }
  bool is_string() const { return kind_ == Kind::kString; }
  bool is_array() const { return kind_ == Kind::kArray; }
  bool is_object() const { return kind_ == Kind::kObject; }

  // The value as it stands in the body, byte for byte.
  absl::string_view raw() const { return {raw_, raw_size_}; }

  // Of a string: what it says, without quotes and escapes; valid UTF-8. Of any other scalar: the same as raw(). Empty
  // for arrays and objects.
  absl::string_view text() const;

  // Of an array; empty for any other.
  absl::Span<const JsonValue> items() const;

  // Of an object: each key once, the last of those that were sent. Empty for any other.
  absl::Span<const JsonMember> members() const;

  // The value under a key, a null included; nullptr: none, or this is no object. Looks at one member after the other.
  const JsonValue* Find(absl::string_view key) const;

 private:
  const char* raw_ = nullptr;
  union {
    const char* text_ = nullptr;
    const JsonValue* items_;
    const JsonMember* members_;
  };
  uint32_t raw_size_ = 0;
  uint32_t size_ = 0;
  Kind kind_ = Kind::kNull;
};

struct JsonMember {
  absl::string_view key;  // Without escapes.
  JsonValue value;
};

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_AMPLITUDE_JSON_VALUE_H_
