#ifndef AMPSTREAM_SERVER_EVENT_FIELD_WALK_H_
#define AMPSTREAM_SERVER_EVENT_FIELD_WALK_H_

#include <cstdint>

#include "absl/strings/string_view.h"

namespace ampstream {

// One field of an encoded message, as it stands in the bytes (https://protobuf.dev/programming-guides/encoding/).
struct Field {
  int number = 0;
  uint64_t value = 0;       // Of a varint, fixed64 or fixed32 field: its bits.
  absl::string_view bytes;  // Of a length-delimited field: its content, inside the message. Else of null data.
};

// Walks over the fields of an encoded message, in their order, without parsing it: some 10 ns a field. Never reads
// outside of the bytes, whatever they hold. The bytes must outlive the walk. Thread-compatible.
class FieldWalk {
 public:
  explicit FieldWalk(absl::string_view message) : at_(message.data()), end_(message.data() + message.size()) {}

  // False: no further field; ok() tells whether that was the end, or damage.
  bool Next(Field* field);

  bool ok() const { return ok_; }

 private:
  bool ReadVarint(uint64_t* value);
  bool ReadFixed(int size, uint64_t* value);
  bool ReadBytes(absl::string_view* bytes);
  bool Damaged();

  const char* at_;
  const char* const end_;
  bool ok_ = true;
};

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_EVENT_FIELD_WALK_H_
