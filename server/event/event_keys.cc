#include "server/event/event_keys.h"

#include "server/event/field_walk.h"

namespace ampstream {
namespace {

// The numbers of the ids in a payload.
struct IdFields {
  int user_id;
  int device_id;
};

template <typename Payload>
constexpr IdFields FieldsOf() {
  return {Payload::kUserIdFieldNumber, Payload::kDeviceIdFieldNumber};
}

void TakeIds(absl::string_view payload, IdFields fields, EventKeys* keys) {
  FieldWalk walk(payload);
  for (Field field; walk.Next(&field);) {
    if (field.number == fields.user_id) keys->user_id = field.bytes;
    if (field.number == fields.device_id) keys->device_id = field.bytes;
  }
}

}  // namespace

EventKeys KeysOf(absl::string_view encoded_event) {
  EventKeys keys;
  FieldWalk walk(encoded_event);
  for (Field field; walk.Next(&field);) {
    switch (field.number) {
      case v1::Event::kTypeFieldNumber:
        keys.type = static_cast<v1::EventType>(field.value);
        break;
      case v1::Event::kSourceFieldNumber:
        keys.source = field.bytes;
        break;
      case v1::Event::kEventsTrackFieldNumber:
        TakeIds(field.bytes, FieldsOf<v1::EventsTrack>(), &keys);
        break;
      case v1::Event::kEventsIdentifyFieldNumber:
        TakeIds(field.bytes, FieldsOf<v1::EventsIdentify>(), &keys);
        break;
      case v1::Event::kExperimentsExposureFieldNumber:
        TakeIds(field.bytes, FieldsOf<v1::ExperimentsExposure>(), &keys);
        break;
      default:
        break;
    }
  }
  return keys;
}

}  // namespace ampstream
