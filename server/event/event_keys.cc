#include "server/event/event_keys.h"

#include "google/protobuf/timestamp.pb.h"
#include "server/event/field_walk.h"

namespace ampstream {
namespace {

// The numbers of the fields in a payload.
struct KeyFields {
  int user_id;
  int device_id;
  int event_type = 0;  // 0: it has none.
};

template <typename Payload>
constexpr KeyFields FieldsOf() {
  return {Payload::kUserIdFieldNumber, Payload::kDeviceIdFieldNumber};
}

constexpr KeyFields kTrackFields = {v1::EventsTrack::kUserIdFieldNumber, v1::EventsTrack::kDeviceIdFieldNumber,
                                    v1::EventsTrack::kEventTypeFieldNumber};

void TakeKeys(absl::string_view payload, KeyFields fields, EventKeys* keys) {
  FieldWalk walk(payload);
  for (Field field; walk.Next(&field);) {
    if (field.bytes.data() == nullptr) continue;  // Not text, so not a key, whatever its number.
    if (field.number == fields.user_id) keys->user_id = field.bytes;
    if (field.number == fields.device_id) keys->device_id = field.bytes;
    if (field.number == fields.event_type) keys->event_type = field.bytes;
  }
}

absl::Time TimestampOf(absl::string_view encoded) {
  google::protobuf::Timestamp time;
  FieldWalk walk(encoded);
  for (Field field; walk.Next(&field);) {
    if (field.number == google::protobuf::Timestamp::kSecondsFieldNumber)
      time.set_seconds(static_cast<int64_t>(field.value));
    if (field.number == google::protobuf::Timestamp::kNanosFieldNumber)
      time.set_nanos(static_cast<int32_t>(field.value));
  }
  return absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos());
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
      case v1::Event::kReceiveTimeFieldNumber:
        keys.receive_time = TimestampOf(field.bytes);
        break;
      case v1::Event::kEventsTrackFieldNumber:
        TakeKeys(field.bytes, kTrackFields, &keys);
        break;
      case v1::Event::kEventsIdentifyFieldNumber:
        TakeKeys(field.bytes, FieldsOf<v1::EventsIdentify>(), &keys);
        break;
      case v1::Event::kExperimentsExposureFieldNumber:
        TakeKeys(field.bytes, FieldsOf<v1::ExperimentsExposure>(), &keys);
        break;
      default:
        break;
    }
  }
  return keys;
}

}  // namespace ampstream
