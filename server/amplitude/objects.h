#ifndef AMPSTREAM_SERVER_AMPLITUDE_OBJECTS_H_
#define AMPSTREAM_SERVER_AMPLITUDE_OBJECTS_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "server/amplitude/delivery_events.h"
#include "server/amplitude/json_value.h"

// The objects that a delivery is made of, a file for each shape: reads one and adds the events that it tells of. `path`
// is its own, empty for the whole body. FAILED_PRECONDITION (DoesNotFit): a required field is missing or not
// understood, or the events are more than the limits allow.
namespace ampstream {

absl::Status ReadEnvelope(const JsonValue& object, const std::string& path, DeliveryEvents* events);

// Whether that envelope's data is a cohort's batch.
bool IsCohortEnvelope(const JsonValue& object);

absl::Status ReadExportEvent(const JsonValue& object, const std::string& path, DeliveryEvents* events);
absl::Status ReadIdentify(const JsonValue& object, const std::string& path, DeliveryEvents* events);
absl::Status ReadMonitor(const JsonValue& object, const std::string& path, DeliveryEvents* events);
absl::Status ReadExperimentAlert(const JsonValue& object, const std::string& path, DeliveryEvents* events);

// `envelope` is the object around the batch, nullptr where there is none; `unread_fields` as PayloadReader has it.
absl::Status ReadCohort(const JsonValue& object, const std::string& path, const JsonValue* envelope,
                        int64_t* unread_fields, DeliveryEvents* events);

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_AMPLITUDE_OBJECTS_H_
