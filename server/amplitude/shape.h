#ifndef AMPSTREAM_SERVER_AMPLITUDE_SHAPE_H_
#define AMPSTREAM_SERVER_AMPLITUDE_SHAPE_H_

#include "server/amplitude/json_value.h"

namespace ampstream {

// What an object of a delivery looks like: signed relays send envelopes, Amplitude itself shapes of its own
// (https://amplitude.com/docs/data/destination-catalog/webhooks).
enum class Shape {
  kAuto,             // Whichever the object's fields tell.
  kEnvelope,         // {"type", "created_at", "data"}, or the data with its type.
  kExportEvent,      // The Export API's event.
  kIdentify,         // The Identify object.
  kCohort,           // A batch of users who entered or left a cohort.
  kMonitor,          // {"charts": [...]}.
  kExperimentAlert,  // An alert of Amplitude Experiment.
};

// The shape that an object's fields tell; kEnvelope where they tell none. Never kAuto.
Shape RecognizeShape(const JsonValue& object);

// Whether it may be one of the users of a cohort, sent without the cohort.
bool LooksLikeUser(const JsonValue& object);

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_AMPLITUDE_SHAPE_H_
