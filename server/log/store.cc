#include "server/log/store.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "server/event/error.h"

namespace ampstream {

absl::Status CheckInRange(Position after, Position oldest, Position newest) {
  if (after < oldest) {
    return MakeError(absl::StatusCode::kOutOfRange, v1::ERROR_REASON_CURSOR_EXPIRED,
                     "cursor: expired; events after it were removed from the log");
  }
  if (after > newest) {
    return MakeError(absl::StatusCode::kOutOfRange, v1::ERROR_REASON_CURSOR_FROM_THE_FUTURE,
                     "cursor: beyond the newest event of the log");
  }
  return absl::OkStatus();
}

absl::Status NoSuchEvent(const EventId& id) {
  return MakeError(absl::StatusCode::kNotFound, v1::ERROR_REASON_EVENT_NOT_FOUND,
                   absl::StrCat("id: the log holds no event ", id.ToString()));
}

absl::string_view EventAt(const Chunk& chunk, Position position) {
  const auto entry = std::partition_point(chunk.entries.begin(), chunk.entries.end(),
                                          [&](const Entry& candidate) { return candidate.position < position; });
  return chunk.Event(*entry);
}

}  // namespace ampstream
