#ifndef AMPSTREAM_SERVER_EVENT_TIMES_H_
#define AMPSTREAM_SERVER_EVENT_TIMES_H_

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/timestamp.pb.h"

// Between Abseil's times and Protobuf's.
namespace ampstream {

// Whether a Timestamp can hold it: from 0001-01-01T00:00:00Z on, before the year 10000.
bool FitsTimestamp(absl::Time time);

// Rounds down to nanoseconds. The time must fit.
void SetTimestamp(absl::Time time, google::protobuf::Timestamp* out);

// INVALID_ARGUMENT: outside of the years 1 to 9999, or nanos outside of 0 to 999,999,999.
absl::StatusOr<absl::Time> TimeOf(const google::protobuf::Timestamp& timestamp);

void SetDuration(absl::Duration duration, google::protobuf::Duration* out);

// INVALID_ARGUMENT: beyond ±315,576,000,000 s, nanos of 10^9 or more, or of another sign than the seconds.
absl::StatusOr<absl::Duration> DurationOf(const google::protobuf::Duration& duration);

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_EVENT_TIMES_H_
