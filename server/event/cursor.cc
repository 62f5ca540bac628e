#include "server/event/cursor.h"

#include <array>
#include <cstdint>

#include "absl/random/random.h"
#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "server/base/status_macros.h"
#include "server/event/error.h"

namespace ampstream {
namespace {

constexpr char kVersion = 'a';
constexpr size_t kChecksumSize = 4;
constexpr size_t kContentSize = 16;
constexpr size_t kBytes = kContentSize + kChecksumSize;  // 20 bytes are 27 digits of 6 bits
constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void PutBigEndian(uint64_t value, size_t size, unsigned char* out) {
  for (size_t i = size; i-- > 0; value >>= 8) out[i] = static_cast<unsigned char>(value);
}

uint64_t GetBigEndian(const unsigned char* in, size_t size) {
  uint64_t value = 0;
  for (size_t i = 0; i < size; ++i) value = value << 8 | in[i];
  return value;
}

// A checksum that finds slips, not forgeries: a cursor says nothing that its holder may not know. (FNV-1a, 64 bits
// folded to 32.)
uint32_t Checksum(const unsigned char* bytes) {
  uint64_t hash = 14695981039346656037u;
  for (size_t i = 0; i < kContentSize; ++i) hash = (hash ^ bytes[i]) * 1099511628211u;
  return static_cast<uint32_t>(hash ^ hash >> 32);
}

// base64url of 20 bytes, without padding.
void EncodeBase64(const unsigned char* bytes, char* out) {
  uint32_t bits = 0;
  int held = 0;
  for (size_t i = 0; i < kBytes; ++i) {
    bits = bits << 8 | bytes[i];
    for (held += 8; held >= 6; held -= 6) *out++ = kDigits[bits >> (held - 6) & 63];
  }
  *out = kDigits[bits << (6 - held) & 63];
}

absl::Status NotACursor() {
  return MakeError(absl::StatusCode::kInvalidArgument, v1::ERROR_REASON_INVALID_CURSOR,
                   "cursor: not a cursor, or damaged; use one exactly as a response bore it");
}

}  // namespace

Epoch Epoch::Random() {
  absl::BitGen bits;
  return Epoch(absl::Uniform<uint64_t>(bits));
}

std::string Epoch::ToString() const { return absl::StrCat(absl::Hex(value_, absl::kZeroPad16)); }

void Cursor::EncodeTo(char* out) const {
  std::array<unsigned char, kBytes> bytes;
  PutBigEndian(epoch.value(), 8, bytes.data());
  PutBigEndian(position.value(), 8, bytes.data() + 8);
  PutBigEndian(Checksum(bytes.data()), kChecksumSize, bytes.data() + kContentSize);
  out[0] = kVersion;
  EncodeBase64(bytes.data(), out + 1);
}

std::string Cursor::Encode() const {
  std::string text(kEncodedSize, '\0');
  EncodeTo(text.data());
  return text;
}

absl::StatusOr<Cursor> Cursor::Parse(absl::string_view text) {
  std::string decoded;
  if (text.size() != kEncodedSize || text[0] != kVersion || !absl::WebSafeBase64Unescape(text.substr(1), &decoded) ||
      decoded.size() != kBytes) {
    return NotACursor();
  }
  const auto* const bytes = reinterpret_cast<const unsigned char*>(decoded.data());
  const Cursor cursor{Epoch(GetBigEndian(bytes, 8)), Position(GetBigEndian(bytes + 8, 8))};
  // Encoding it again also refuses what decodes alike and is written otherwise.
  if (cursor.Encode() != text) return NotACursor();
  return cursor;
}

absl::StatusOr<Position> Cursor::ParseOf(Epoch epoch, absl::string_view text) {
  AMPSTREAM_ASSIGN_OR_RETURN(const Cursor cursor, Parse(text));
  if (cursor.epoch != epoch) {
    return MakeError(absl::StatusCode::kOutOfRange, v1::ERROR_REASON_CURSOR_OF_ANOTHER_LOG,
                     absl::StrCat("cursor: of another log (epoch ", cursor.epoch.ToString(), ", this log is ",
                                  epoch.ToString(), ")"));
  }
  return cursor.position;
}

}  // namespace ampstream
