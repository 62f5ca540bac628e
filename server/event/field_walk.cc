#include "server/event/field_walk.h"

namespace ampstream {
namespace {

enum WireType { kVarint = 0, kFixed64 = 1, kLengthDelimited = 2, kFixed32 = 5 };

constexpr uint64_t kLargestFieldNumber = (1u << 29) - 1;

}  // namespace

bool FieldWalk::Next(Field* field) {
  if (at_ == end_ || !ok_) return false;
  uint64_t tag = 0;
  if (!ReadVarint(&tag)) return Damaged();
  const uint64_t number = tag >> 3;
  if (number == 0 || number > kLargestFieldNumber) return Damaged();
  field->number = static_cast<int>(number);
  field->value = 0;
  field->bytes = {};
  switch (tag & 7) {
    case kVarint:
      return ReadVarint(&field->value) || Damaged();
    case kFixed64:
      return ReadFixed(8, &field->value) || Damaged();
    case kFixed32:
      return ReadFixed(4, &field->value) || Damaged();
    case kLengthDelimited:
      return ReadBytes(&field->bytes) || Damaged();
    default:  // Groups, which no message of ours has, and what is no wire type.
      return Damaged();
  }
}

bool FieldWalk::ReadVarint(uint64_t* value) {
  *value = 0;
  for (int shift = 0; shift < 64 && at_ != end_; shift += 7) {
    const auto byte = static_cast<unsigned char>(*at_++);
    *value |= static_cast<uint64_t>(byte & 127) << shift;
    if (byte < 128) return true;
  }
  return false;
}

bool FieldWalk::ReadFixed(int size, uint64_t* value) {
  if (end_ - at_ < size) return false;
  *value = 0;
  for (int i = size; i-- > 0;) *value = *value << 8 | static_cast<unsigned char>(at_[i]);
  at_ += size;
  return true;
}

bool FieldWalk::ReadBytes(absl::string_view* bytes) {
  uint64_t size = 0;
  if (!ReadVarint(&size) || size > static_cast<uint64_t>(end_ - at_)) return false;
  *bytes = absl::string_view(at_, size);
  at_ += size;
  return true;
}

bool FieldWalk::Damaged() {
  ok_ = false;
  return false;
}

}  // namespace ampstream
