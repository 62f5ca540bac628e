#include "server/event/times.h"

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace ampstream {
namespace {

constexpr int64_t kFirstSecond = -62135596800;          // 0001-01-01T00:00:00Z
constexpr int64_t kLastSecond = 253402300799;           // 9999-12-31T23:59:59Z
constexpr int64_t kMostDurationSeconds = 315576000000;  // google/protobuf/duration.proto
constexpr int32_t kNanosPerSecond = 1000000000;

}  // namespace

bool FitsTimestamp(absl::Time time) {
  return time >= absl::FromUnixSeconds(kFirstSecond) && time < absl::FromUnixSeconds(kLastSecond + 1);
}

void SetTimestamp(absl::Time time, google::protobuf::Timestamp* out) {
  const int64_t seconds = absl::ToUnixSeconds(time);
  out->set_seconds(seconds);
  out->set_nanos(static_cast<int32_t>((time - absl::FromUnixSeconds(seconds)) / absl::Nanoseconds(1)));
}

absl::StatusOr<absl::Time> TimeOf(const google::protobuf::Timestamp& timestamp) {
  if (timestamp.seconds() < kFirstSecond || timestamp.seconds() > kLastSecond) {
    return absl::InvalidArgumentError(
        absl::StrCat("seconds ", timestamp.seconds(), " are outside of the years 1 to 9999"));
  }
  if (timestamp.nanos() < 0 || timestamp.nanos() >= kNanosPerSecond) {
    return absl::InvalidArgumentError(absl::StrCat("nanos ", timestamp.nanos(), " are outside of 0 to 999999999"));
  }
  return absl::FromUnixSeconds(timestamp.seconds()) + absl::Nanoseconds(timestamp.nanos());
}

void SetDuration(absl::Duration duration, google::protobuf::Duration* out) {
  out->set_seconds(absl::IDivDuration(duration, absl::Seconds(1), &duration));
  out->set_nanos(static_cast<int32_t>(duration / absl::Nanoseconds(1)));
}

absl::StatusOr<absl::Duration> DurationOf(const google::protobuf::Duration& duration) {
  if (duration.seconds() < -kMostDurationSeconds || duration.seconds() > kMostDurationSeconds) {
    return absl::InvalidArgumentError(absl::StrCat("seconds ", duration.seconds(), " are beyond 10000 years"));
  }
  if (duration.nanos() <= -kNanosPerSecond || duration.nanos() >= kNanosPerSecond) {
    return absl::InvalidArgumentError(absl::StrCat("nanos ", duration.nanos(), " are a second or more"));
  }
  if ((duration.seconds() < 0 && duration.nanos() > 0) || (duration.seconds() > 0 && duration.nanos() < 0)) {
    return absl::InvalidArgumentError("seconds and nanos differ in sign");
  }
  return absl::Seconds(duration.seconds()) + absl::Nanoseconds(duration.nanos());
}

}  // namespace ampstream
