#include "server/amplitude/backward_bytes.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace ampstream {
namespace {

constexpr size_t kLeastCapacity = 1024;
constexpr int kMostVarintBytes = 10;
constexpr int kLengthDelimited = 2;  // A wire type.

}  // namespace

void BackwardBytes::Put(absl::string_view bytes) {
  if (!bytes.empty()) std::memcpy(Extend(bytes.size()), bytes.data(), bytes.size());
}

void BackwardBytes::PutLongVarint(uint64_t integer) {
  char varint[kMostVarintBytes];
  size_t size = 0;
  for (; integer >= 0x80; integer >>= 7) varint[size++] = static_cast<char>(integer | 0x80);
  varint[size++] = static_cast<char>(integer);
  std::memcpy(Extend(size), varint, size);
}

// Little-endian, byte for byte, whatever the machine is.
void BackwardBytes::PutDouble(double number) {
  uint64_t bits = 0;
  std::memcpy(&bits, &number, sizeof(bits));
  char* const out = Extend(sizeof(bits));
  for (size_t i = 0; i < sizeof(bits); ++i) out[i] = static_cast<char>(bits >> (8 * i));
}

void BackwardBytes::PutHead(int field, size_t behind) {
  PutVarint(size_ - behind);
  PutTag(field, kLengthDelimited);
}

void BackwardBytes::Grow(size_t size) {
  const size_t capacity = std::max({2 * capacity_, size_ + size, kLeastCapacity});
  std::unique_ptr<char[]> buffer(new char[capacity]);
  if (size_ > 0) std::memcpy(buffer.get() + capacity - size_, buffer_.get() + capacity_ - size_, size_);
  buffer_ = std::move(buffer);
  capacity_ = capacity;
}

}  // namespace ampstream
