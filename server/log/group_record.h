#ifndef AMPSTREAM_SERVER_LOG_GROUP_RECORD_H_
#define AMPSTREAM_SERVER_LOG_GROUP_RECORD_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "server/event/position.h"

namespace ampstream {

// What a log has taken up to and with one of its chunks: an index of times, which never go back, and of sums. What lies
// between two places of the log is known from their two records, without reading it.
struct GroupRecord {
  absl::Time newest_receive_time = absl::InfinitePast();  // The largest up to here.
  Position last;
  absl::Time log_time = absl::InfinitePast();
  int64_t events = 0;                                    // Ever taken up to here, removed ones included.
  int64_t bytes = 0;                                     // Of their chunks.
  absl::Time first_receive_time = absl::InfinitePast();  // Of this chunk's first event.
  absl::Time last_receive_time = absl::InfinitePast();   // Of this chunk's last event.
};

// Sorts by newest_receive_time, then by last; both rise together.
std::string EncodeGroupKey(const GroupRecord& record);
std::string EncodeGroupValue(const GroupRecord& record);

// Nothing: not a record.
absl::optional<GroupRecord> DecodeGroup(absl::string_view key, absl::string_view value);

// Key and value as one.
std::string EncodeGroup(const GroupRecord& record);
absl::optional<GroupRecord> DecodeGroup(absl::string_view encoded);

// Before every key of this time or a later one.
std::string GroupKeyOf(absl::Time time);

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_LOG_GROUP_RECORD_H_
