#ifndef AMPSTREAM_SERVER_EVENT_EVENT_ID_H_
#define AMPSTREAM_SERVER_EVENT_EVENT_ID_H_

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace ampstream {

// What makes an event itself: 128 bits, derived from what its sender sent, so that a retry has the same id everywhere.
// As text: 32 lower-case hex digits. A value; thread-compatible.
class EventId {
 public:
  EventId() = default;

  // The id of what these parts name, in their order: the first 128 bits of SHA-256 over the parts, each preceded by its
  // length.
  static EventId Of(std::initializer_list<absl::string_view> parts);

  // An id that is nobody else's.
  static EventId Random();

  // From its kSize bytes.
  static EventId FromBytes(absl::string_view bytes);

  // From its text; nothing where that is not an id.
  static absl::optional<EventId> Parse(absl::string_view text);

  std::string ToString() const;

  static constexpr size_t kSize = 16;

  // The bytes, as they are kept; the view is into the id.
  absl::string_view bytes() const { return {reinterpret_cast<const char*>(bytes_.data()), sizeof(bytes_)}; }

  friend bool operator==(const EventId& a, const EventId& b) { return a.bytes_ == b.bytes_; }
  friend bool operator!=(const EventId& a, const EventId& b) { return !(a == b); }
  template <typename H>
  friend H AbslHashValue(H state, const EventId& id) {
    return H::combine(std::move(state), id.bytes_);
  }

 private:
  std::array<uint64_t, 2> bytes_ = {};
};

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_EVENT_EVENT_ID_H_
