#ifndef AMPSTREAM_SERVER_LOG_ID_GENERATIONS_H_
#define AMPSTREAM_SERVER_LOG_ID_GENERATIONS_H_

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/event/event_id.h"
#include "server/event/position.h"
#include "server/log/group_record.h"

namespace ampstream {

// The generations in which the ids of a log are kept, the oldest first. Ids have random keys: within a generation they
// are sorted, from one to the next they are not, so that a generation that has passed is never written again, and is
// removed as a whole. A new one begins after each quarter of the retention, so that there are always few. A value.
class IdGenerations {
 public:
  struct Generation {
    uint32_t number;
    Position before;      // Its events come after this.
    absl::Time log_time;  // Of its first chunk.
    int64_t bytes;        // Taken by the log before it.
  };

  // Begins another generation for what comes after `newest`, from this log time on, if one is due.
  void BeginIfDue(const GroupRecord& newest, absl::Time log_time, int64_t max_bytes, absl::Duration max_age);

  // Drops those all of whose events are at or before a position; never the last one.
  void DropUpTo(Position removed);

  const std::vector<Generation>& all() const { return generations_; }
  uint32_t current() const { return generations_.back().number; }

  std::string Encode() const;
  // False: not an encoding of this.
  bool Decode(absl::string_view encoded);

 private:
  std::vector<Generation> generations_;
};

// The key of an id in its generation. A value.
class IdKey {
 public:
  IdKey(uint32_t generation, const EventId& id);

  // Before all keys of a generation.
  static std::string FirstOf(uint32_t generation);

  absl::string_view view() const { return {bytes_.data(), bytes_.size()}; }

 private:
  std::array<char, 4 + EventId::kSize> bytes_;
};

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_LOG_ID_GENERATIONS_H_
