#include "server/rpc/heartbeat_schedule.h"

namespace ampstream {
namespace {

constexpr int64_t kPlaces = 30;  // In half an interval: of 15 s, one each 250 ms.

}  // namespace

HeartbeatSchedule::HeartbeatSchedule(absl::Duration interval, uint64_t stream)
    : step_(interval / 2), phase_(step_ / kPlaces * static_cast<int64_t>(stream % static_cast<uint64_t>(kPlaces))) {}

absl::Time HeartbeatSchedule::DueAfter(absl::Time last_write) const {
  const absl::Time earliest = last_write + step_;
  const absl::Duration since_step = (earliest - absl::UnixEpoch() - phase_) % step_;
  return earliest - since_step + step_;
}

}  // namespace ampstream
