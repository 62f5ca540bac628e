#ifndef AMPSTREAM_SERVER_AMPLITUDE_BACKWARD_BYTES_H_
#define AMPSTREAM_SERVER_AMPLITUDE_BACKWARD_BYTES_H_

#include <cstddef>
#include <cstdint>
#include <memory>

#include "absl/strings/string_view.h"

namespace ampstream {

// Encoded fields of a protobuf message, written from the last to the first: what a message holds is then there before
// its length is, and nothing need be measured or moved (https://protobuf.dev/programming-guides/encoding/).
// Thread-compatible.
class BackwardBytes {
 public:
  // Each puts something in front of what is there: bytes as they are; an integer; a double, of eight bytes.
  void Put(absl::string_view bytes);
  void PutVarint(uint64_t integer) {
    if (integer >= 0x80) return PutLongVarint(integer);
    *Extend(1) = static_cast<char>(integer);  // As most are.
  }
  void PutDouble(double number);

  // The head of a field whose content is what was put since `size()` was `behind`.
  void PutHead(int field, size_t behind);

  // The tag of a field whose content, of that wire type, is in front.
  void PutTag(int field, int wire_type) {
    PutVarint(static_cast<uint64_t>(field) << 3 | static_cast<uint64_t>(wire_type));
  }

  size_t size() const { return size_; }
  absl::string_view bytes() const { return {buffer_.get() + capacity_ - size_, size_}; }

 private:
  // Room for `size` bytes in front, which now count.
  char* Extend(size_t size) {
    if (capacity_ - size_ < size) Grow(size);
    size_ += size;
    return buffer_.get() + capacity_ - size_;
  }
  void Grow(size_t size);
  void PutLongVarint(uint64_t integer);

  std::unique_ptr<char[]> buffer_;  // What is there stands at its end.
  size_t capacity_ = 0;
  size_t size_ = 0;
};

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_AMPLITUDE_BACKWARD_BYTES_H_
