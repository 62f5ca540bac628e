#ifndef AMPSTREAM_SERVER_EVENT_POSITION_H_
#define AMPSTREAM_SERVER_EVENT_POSITION_H_

#include <cstdint>

namespace ampstream {

// A place in one log. Compared, never counted with: gaps are normal. 0 is before the first event. A value.
class Position {
 public:
  constexpr explicit Position(uint64_t value = 0) : value_(value) {}

  constexpr uint64_t value() const { return value_; }

  friend constexpr bool operator==(Position a, Position b) { return a.value_ == b.value_; }
  friend constexpr bool operator!=(Position a, Position b) { return a.value_ != b.value_; }
  friend constexpr bool operator<(Position a, Position b) { return a.value_ < b.value_; }
  friend constexpr bool operator<=(Position a, Position b) { return a.value_ <= b.value_; }
  friend constexpr bool operator>(Position a, Position b) { return a.value_ > b.value_; }
  friend constexpr bool operator>=(Position a, Position b) { return a.value_ >= b.value_; }

 private:
  uint64_t value_;
};

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_EVENT_POSITION_H_
