#include "server/log/coding.h"

#include <limits>
#include <type_traits>

namespace ampstream {
namespace {

constexpr uint64_t kSignBit = uint64_t{1} << 63;
constexpr int kMaxVarintBytes = 10;

template <typename Number>
void PutBigEndian(Number value, std::string* out) {
  for (int shift = 8 * (sizeof(Number) - 1); shift >= 0; shift -= 8) out->push_back(static_cast<char>(value >> shift));
}

template <typename Number>
bool TakeBigEndian(absl::string_view* in, Number* value) {
  if (in->size() < sizeof(Number)) return false;
  *value = 0;
  for (size_t i = 0; i < sizeof(Number); ++i) *value = (*value << 8) | static_cast<unsigned char>((*in)[i]);
  in->remove_prefix(sizeof(Number));
  return true;
}

}  // namespace

void PutFixed32(uint32_t value, std::string* out) { PutBigEndian(value, out); }
void PutFixed64(uint64_t value, std::string* out) { PutBigEndian(value, out); }

void PutTime(absl::Time time, std::string* out) {
  PutFixed64(static_cast<uint64_t>(absl::ToUnixNanos(time)) ^ kSignBit, out);
}

void PutVarint(uint64_t value, std::string* out) {
  for (; value >= 128; value >>= 7) out->push_back(static_cast<char>(value | 128));
  out->push_back(static_cast<char>(value));
}

std::string EncodePositionKey(Position position) {
  std::string key;
  PutFixed64(position.value(), &key);
  return key;
}

bool TakeFixed32(absl::string_view* in, uint32_t* value) { return TakeBigEndian(in, value); }
bool TakeFixed64(absl::string_view* in, uint64_t* value) { return TakeBigEndian(in, value); }

bool TakeTime(absl::string_view* in, absl::Time* time) {
  uint64_t bits;
  if (!TakeFixed64(in, &bits)) return false;
  const auto nanos = static_cast<int64_t>(bits ^ kSignBit);
  *time = absl::FromUnixNanos(nanos);
  if (nanos == std::numeric_limits<int64_t>::min()) *time = absl::InfinitePast();
  if (nanos == std::numeric_limits<int64_t>::max()) *time = absl::InfiniteFuture();
  return true;
}

bool TakeVarint(absl::string_view* in, uint64_t* value) {
  *value = 0;
  for (int i = 0; i < kMaxVarintBytes && !in->empty(); ++i) {
    const auto byte = static_cast<unsigned char>(in->front());
    in->remove_prefix(1);
    *value |= uint64_t{byte & 127u} << (7 * i);
    if (byte < 128) return true;
  }
  return false;
}

}  // namespace ampstream
