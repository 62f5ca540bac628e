#ifndef AMPSTREAM_SERVER_AMPLITUDE_TRANSLATOR_H_
#define AMPSTREAM_SERVER_AMPLITUDE_TRANSLATOR_H_

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/event/new_event.h"

namespace ampstream {

struct TranslateLimits {
  int max_events = 5000;                 // In an array.
  size_t max_event_bytes = 1 << 20;      // Of one event, encoded.
  size_t max_delivery_bytes = 16 << 20;  // Of all events of a delivery together, encoded.
  // JSON values in one event: each object, array, string, number, true, false and null counts.
  int max_event_values = 20000;
};

// What a delivery's events have in common.
struct DeliveryInfo {
  absl::string_view source;  // The configured source's name.
  absl::Time receive_time;
  absl::string_view trace_parent;  // A valid W3C traceparent, or empty.
};

// Turns a verified delivery's body into encoded events. Holds a parser and an arena that are used again for the next
// delivery: keep one a thread. Thread-compatible.
class Translator {
 public:
  explicit Translator(const TranslateLimits& limits);
  ~Translator();

  // One event for an object, any number for an array, all or none. The body's bytes are not changed; its capacity may
  // grow. INVALID_ARGUMENT (NotJson) or FAILED_PRECONDITION (DoesNotFit): see translate_error.h.
  absl::StatusOr<std::vector<NewEvent>> Translate(std::string& body, const DeliveryInfo& delivery);

 private:
  class Impl;
  const std::unique_ptr<Impl> impl_;
};

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_AMPLITUDE_TRANSLATOR_H_
