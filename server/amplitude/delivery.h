#ifndef AMPSTREAM_SERVER_AMPLITUDE_DELIVERY_H_
#define AMPSTREAM_SERVER_AMPLITUDE_DELIVERY_H_

#include <cstddef>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/amplitude/shape.h"

namespace ampstream {

struct TranslateLimits {
  int max_events = 5000;                 // Of a delivery.
  size_t max_event_bytes = 1 << 20;      // Of one event, encoded.
  size_t max_delivery_bytes = 16 << 20;  // Of all events of a delivery together, encoded.
  // JSON values in one event: each object, array, string, number, true, false and null counts. Of a cohort's batch or
  // a monitor's charts, in one user or chart.
  int max_event_values = 20000;
};

// What a delivery's events have in common.
struct DeliveryInfo {
  absl::string_view source;  // The configured source's name.
  absl::Time receive_time;
  absl::string_view trace_parent;  // A valid W3C traceparent, or empty.
  Shape shape = Shape::kAuto;      // Of its objects.
};

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_AMPLITUDE_DELIVERY_H_
