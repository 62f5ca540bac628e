#include "server/amplitude/delivery_events.h"

#include <cstdint>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/amplitude/translate_error.h"
#include "server/base/status_macros.h"
#include "server/event/times.h"

namespace ampstream {

absl::Status DeliveryEvents::Add(const EventId& id, absl::string_view path, v1::Event* event) {
  if (events_.size() == static_cast<size_t>(limits_.max_events)) {
    return DoesNotFit("", absl::StrCat("the delivery makes more than the ", limits_.max_events,
                                       " events that are allowed; send fewer at once"));
  }
  event->set_id(id.ToString());
  event->mutable_source()->assign(delivery_.source.data(), delivery_.source.size());
  if (!event->has_occur_time()) SetTimestamp(delivery_.receive_time, event->mutable_occur_time());
  SetTimestamp(delivery_.receive_time, event->mutable_receive_time());
  event->mutable_trace_parent()->assign(delivery_.trace_parent.data(), delivery_.trace_parent.size());
  AMPSTREAM_ASSIGN_OR_RETURN(std::string encoded, Encode(*event, path));
  bytes_ += encoded.size();
  AMPSTREAM_RETURN_IF_ERROR(CheckBytes(bytes_));
  events_.push_back({id, delivery_.receive_time, std::move(encoded)});
  return absl::OkStatus();
}

absl::Status DeliveryEvents::CheckBytes(size_t bytes) const {
  if (bytes <= limits_.max_delivery_bytes) return absl::OkStatus();
  return DoesNotFit("", absl::StrCat("the events take more than the ", limits_.max_delivery_bytes,
                                     " bytes encoded that a delivery may; send fewer at once"));
}

absl::StatusOr<std::string> DeliveryEvents::Encode(const v1::Event& event, absl::string_view path) const {
  const size_t size = event.ByteSizeLong();
  if (size > limits_.max_event_bytes) {
    return DoesNotFit(path, absl::StrCat("the event takes ", size, " bytes encoded, more than the ",
                                         limits_.max_event_bytes, " that are allowed"));
  }
  std::string encoded(size, '\0');
  event.SerializeWithCachedSizesToArray(reinterpret_cast<uint8_t*>(&encoded[0]));
  return encoded;
}

}  // namespace ampstream
