#ifndef AMPSTREAM_SERVER_AMPLITUDE_DELIVERY_EVENTS_H_
#define AMPSTREAM_SERVER_AMPLITUDE_DELIVERY_EVENTS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "ampstream/v1/event.pb.h"
#include "google/protobuf/arena.h"
#include "server/amplitude/delivery.h"
#include "server/event/event_id.h"
#include "server/event/new_event.h"

namespace ampstream {

// The events of one delivery, as its objects are read. All that is given must outlive it. Thread-compatible.
class DeliveryEvents {
 public:
  DeliveryEvents(const TranslateLimits& limits, const DeliveryInfo& delivery, google::protobuf::Arena* arena)
      : limits_(limits), delivery_(delivery), arena_(arena) {}

  // An empty event, to be filled and added; it lives as long as the arena is not reset.
  v1::Event* New() { return google::protobuf::Arena::CreateMessage<v1::Event>(arena_); }

  // Completes an event that has its type, its payload and, unless that is the receive time, its occur_time; then
  // encodes it. `path` is that of the object that it came from. FAILED_PRECONDITION (DoesNotFit): more than the limits
  // allow.
  absl::Status Add(const EventId& id, absl::string_view path, v1::Event* event);

  // Whether a delivery's events may take as many bytes together. FAILED_PRECONDITION (DoesNotFit): they may not.
  absl::Status CheckBytes(size_t bytes) const;

  const TranslateLimits& limits() const { return limits_; }
  const DeliveryInfo& delivery() const { return delivery_; }

  // How many optional fields could not be understood, and were kept as they came. To be counted up.
  int64_t* unread_fields() { return &unread_fields_; }

  std::vector<NewEvent> Take() { return std::move(events_); }

 private:
  absl::StatusOr<std::string> Encode(const v1::Event& event, absl::string_view path) const;

  const TranslateLimits& limits_;
  const DeliveryInfo& delivery_;
  google::protobuf::Arena* const arena_;
  std::vector<NewEvent> events_;
  size_t bytes_ = 0;
  int64_t unread_fields_ = 0;
};

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_AMPLITUDE_DELIVERY_EVENTS_H_
