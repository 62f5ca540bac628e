#include "server/amplitude/payloads.h"

namespace ampstream {

void ReadEventsTrack(PayloadReader& data, const JsonValue* envelope, v1::Event* event) {
  using Payload = v1::EventsTrack;
  Payload* const out = event->mutable_events_track();
  data.String({"event_type"}, out, &Payload::mutable_event_type, PayloadReader::kRequired);
  data.EventTime(out, &Payload::mutable_time);
  data.String({"event_id"}, out, &Payload::mutable_event_id);
  data.String({"user_id"}, out, &Payload::mutable_user_id);
  data.String({"device_id"}, out, &Payload::mutable_device_id);
  data.Struct({"event_properties"}, out, Payload::kEventPropertiesFieldNumber);
  data.Struct({"user_properties"}, out, Payload::kUserPropertiesFieldNumber);
  data.String({"app_version", "version_name"}, out, &Payload::mutable_app_version);
  data.String({"platform"}, out, &Payload::mutable_platform);
  data.Integer({"session_id"}, out, &Payload::set_session_id);
  data.String({"insert_id", "$insert_id"}, out, &Payload::mutable_insert_id);
  data.Rest(envelope, out, Payload::kAdditionalFieldsFieldNumber);
}

}  // namespace ampstream
