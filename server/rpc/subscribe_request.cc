#include "server/rpc/subscribe_request.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/status_macros.h"
#include "server/event/error.h"
#include "server/event/event_keys.h"
#include "server/event/times.h"

namespace ampstream {
namespace {

constexpr absl::Duration kDefaultHeartbeat = absl::Seconds(15);
constexpr absl::Duration kShortestHeartbeat = absl::Seconds(1);
constexpr absl::Duration kLongestHeartbeat = absl::Minutes(5);
constexpr size_t kMaxClientIdBytes = 128;

absl::StatusOr<absl::Duration> HeartbeatOf(const v1::SubscribeRequest& request) {
  if (!request.has_heartbeat_interval()) return kDefaultHeartbeat;
  const absl::StatusOr<absl::Duration> interval = DurationOf(request.heartbeat_interval());
  if (!interval.ok()) return InvalidRequest("heartbeat_interval", interval.status().message());
  if (*interval < absl::ZeroDuration()) return InvalidRequest("heartbeat_interval", "negative");
  return std::clamp(*interval, kShortestHeartbeat, kLongestHeartbeat);
}

StartAtLastN LastN(uint32_t n, const std::shared_ptr<const Filter>& filter) {
  if (filter->MatchesAll()) return {n, nullptr};
  return {n, [filter](absl::string_view encoded) { return filter->Matches(KeysOf(encoded), encoded); }};
}

absl::Status TakeStart(const v1::SubscribeRequest& request, Epoch epoch, SubscribeOrder* order) {
  switch (request.start_case()) {
    case v1::SubscribeRequest::kEarliest:
      order->start = StartAtEarliest();
      break;
    case v1::SubscribeRequest::kCursor: {
      AMPSTREAM_ASSIGN_OR_RETURN(const Position position, Cursor::ParseOf(epoch, request.cursor()));
      order->start = StartAfter{position};
      break;
    }
    case v1::SubscribeRequest::kTime: {
      const absl::StatusOr<absl::Time> time = TimeOf(request.time());
      if (!time.ok()) return InvalidRequest("time", time.status().message());
      order->start = StartAtTime{*time};
      order->options.selection.not_before = *time;
      break;
    }
    case v1::SubscribeRequest::kLastN:
      // The last none: from here on.
      if (request.last_n() > 0) order->start = LastN(request.last_n(), order->options.selection.filter);
      break;
    case v1::SubscribeRequest::kLatest:
    case v1::SubscribeRequest::START_NOT_SET:
      break;
  }
  return absl::OkStatus();
}

absl::Status TakeLimits(const v1::SubscribeRequest& request, SubscriptionOptions* options) {
  if (request.max_events() < 0) return InvalidRequest("max_events", "negative");
  if (request.max_batch_events() < 0) return InvalidRequest("max_batch_events", "negative");
  options->max_events = request.max_events();
  options->until_caught_up = request.until_caught_up();
  if (request.max_batch_events() > 0) {
    options->limits.max_events = std::min<int64_t>(options->limits.max_events, request.max_batch_events());
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status InvalidRequest(absl::string_view field, absl::string_view why) {
  return MakeError(absl::StatusCode::kInvalidArgument, v1::ERROR_REASON_INVALID_REQUEST,
                   absl::StrCat(field, ": ", why));
}

absl::StatusOr<SubscribeOrder> CheckSubscribeRequest(const v1::SubscribeRequest& request, Epoch epoch,
                                                     const BatchLimits& limits,
                                                     const ExpressionLimits& expression_limits) {
  SubscribeOrder order;
  order.options.limits = limits;
  AMPSTREAM_ASSIGN_OR_RETURN(order.options.selection.filter, Filter::Compile(request.filter(), expression_limits));
  AMPSTREAM_RETURN_IF_ERROR(TakeStart(request, epoch, &order));
  AMPSTREAM_RETURN_IF_ERROR(TakeLimits(request, &order.options));
  AMPSTREAM_ASSIGN_OR_RETURN(order.heartbeat_interval, HeartbeatOf(request));
  if (request.client_id().size() > kMaxClientIdBytes) {
    return WithMetadata(InvalidRequest("client_id", absl::StrCat(request.client_id().size(), " bytes are more than ",
                                                                 kMaxClientIdBytes)),
                        "limit", absl::StrCat(kMaxClientIdBytes));
  }
  order.client_id = request.client_id();
  return order;
}

}  // namespace ampstream
