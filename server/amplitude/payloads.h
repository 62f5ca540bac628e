#ifndef AMPSTREAM_SERVER_AMPLITUDE_PAYLOADS_H_
#define AMPSTREAM_SERVER_AMPLITUDE_PAYLOADS_H_

#include "ampstream/v1/event.pb.h"
#include "server/amplitude/json_value.h"
#include "server/amplitude/payload_reader.h"

// What each webhook says, as the payload of its event: a file each. The fields, their spellings and which are required
// stand in the reading itself. `data` notes the first fault. `envelope` is the object around the data, nullptr where
// there is none.
namespace ampstream {

void ReadEventsTrack(PayloadReader& data, const JsonValue* envelope, v1::Event* event);
void ReadEventsIdentify(PayloadReader& data, const JsonValue* envelope, v1::Event* event);
void ReadAnnotationsCreated(PayloadReader& data, const JsonValue* envelope, v1::Event* event);
void ReadAnnotationsUpdated(PayloadReader& data, const JsonValue* envelope, v1::Event* event);
void ReadMonitorsAlert(PayloadReader& data, const JsonValue* envelope, v1::Event* event);
void ReadCohortsComputed(PayloadReader& data, const JsonValue* envelope, v1::Event* event);
void ReadExperimentsExposure(PayloadReader& data, const JsonValue* envelope, v1::Event* event);
void ReadExperimentsFlagChanged(PayloadReader& data, const JsonValue* envelope, v1::Event* event);

// A webhook of a type that is not known: an object with a string `type`. Never a fault.
void ReadUnrecognized(const JsonValue& webhook, v1::Event* event);

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_AMPLITUDE_PAYLOADS_H_
