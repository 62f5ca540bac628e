#ifndef AMPSTREAM_SERVER_EVENT_CURSOR_H_
#define AMPSTREAM_SERVER_EVENT_CURSOR_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/event/position.h"

namespace ampstream {

// The identity of one log. As text, where people meet it: 16 lower-case hex digits. A value.
class Epoch {
 public:
  constexpr explicit Epoch(uint64_t value = 0) : value_(value) {}
  static Epoch Random();

  constexpr uint64_t value() const { return value_; }
  std::string ToString() const;

  friend constexpr bool operator==(Epoch a, Epoch b) { return a.value_ == b.value_; }
  friend constexpr bool operator!=(Epoch a, Epoch b) { return a.value_ != b.value_; }

 private:
  uint64_t value_;
};

// What a client is given for a place in the log, and gives back to resume there. Opaque to everybody else: 28
// characters of [A-Za-z0-9_-], the first one, a letter, is the version; then, in base64url, epoch, position and a
// checksum against slips. A value.
struct Cursor {
  static constexpr size_t kEncodedSize = 28;

  Epoch epoch;
  Position position;

  std::string Encode() const;

  // Writes kEncodedSize characters.
  void EncodeTo(char* out) const;

  // INVALID_ARGUMENT, INVALID_CURSOR: not a cursor, or a damaged one.
  static absl::StatusOr<Cursor> Parse(absl::string_view text);

  // The same, of this log only: OUT_OF_RANGE, CURSOR_OF_ANOTHER_LOG.
  static absl::StatusOr<Position> ParseOf(Epoch epoch, absl::string_view text);
};

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_EVENT_CURSOR_H_
