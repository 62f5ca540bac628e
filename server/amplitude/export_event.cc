#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "server/amplitude/event_identity.h"
#include "server/amplitude/json_struct.h"
#include "server/amplitude/objects.h"
#include "server/amplitude/payloads.h"
#include "server/base/status_macros.h"
#include "server/event/event_type.h"

namespace ampstream {
namespace {

// Where an exposure says what was shown: keys of its event properties.
struct ExposureKeys {
  absl::string_view event_type;
  absl::string_view flag_key;
  absl::string_view variant;
  absl::string_view experiment_key;
};
constexpr ExposureKeys kExposures[] = {
    {"$exposure", "flag_key", "variant", "experiment_key"},
    {"[Experiment] Exposure", "[Experiment] Flag Key", "[Experiment] Variant", "[Experiment] Experiment Key"},
};

using Exposure = v1::ExperimentsExposure;

// What is left of them is a part of the event's rest.
void ReadProperties(PayloadReader& data, const ExposureKeys& keys, Exposure* out, StructBytes* rest) {
  absl::optional<PayloadReader> properties = data.Object({"event_properties"});
  if (!properties.has_value()) {
    return data.Fault(absl::StrCat("event_properties.", keys.flag_key), "is required");
  }
  properties->String({keys.flag_key}, out, &Exposure::mutable_flag_key, PayloadReader::kRequired);
  properties->String({keys.variant}, out, &Exposure::mutable_variant);
  properties->String({keys.experiment_key}, out, &Exposure::mutable_experiment_key);
  StructBytes rest_of_properties(2);
  properties->AddRest(&rest_of_properties);
  if (!rest_of_properties.empty()) rest->Add("event_properties", rest_of_properties);
}

void ReadUser(PayloadReader& data, Exposure* out) {
  using User = Exposure::User;
  User user;
  data.String({"country"}, &user, &User::mutable_country);
  data.String({"city"}, &user, &User::mutable_city);
  data.String({"region"}, &user, &User::mutable_region);
  data.String({"language"}, &user, &User::mutable_language);
  data.String({"platform"}, &user, &User::mutable_platform);
  data.String({"os_name"}, &user, &User::mutable_os);
  data.Struct({"user_properties"}, &user, User::kUserPropertiesFieldNumber);
  if (user.ByteSizeLong() > 0) *out->mutable_user() = user;
}

void ReadExposure(PayloadReader& data, const ExposureKeys& keys, v1::Event* event) {
  Exposure* const out = event->mutable_experiments_exposure();
  data.Drop("event_type");
  data.EventTime(out, &Exposure::mutable_time);
  data.String({"user_id"}, out, &Exposure::mutable_user_id);
  data.String({"device_id"}, out, &Exposure::mutable_device_id);
  StructBytes rest;
  ReadProperties(data, keys, out, &rest);
  ReadUser(data, out);
  data.AddRest(&rest);
  if (!rest.empty()) SetStruct(rest, Exposure::kAdditionalFieldsFieldNumber, out);
  event->set_type(v1::EVENT_TYPE_EXPERIMENTS_EXPOSURE);
  if (out->has_time()) *event->mutable_occur_time() = out->time();
}

void ReadIdentifyEvent(PayloadReader& data, v1::Event* event) {
  data.Drop("event_type");
  ReadEventsIdentify(data, nullptr, event);
  event->set_type(v1::EVENT_TYPE_EVENTS_IDENTIFY);
  const v1::EventsIdentify& identify = event->events_identify();
  if (identify.has_time()) *event->mutable_occur_time() = identify.time();
}

void ReadTrackEvent(PayloadReader& data, v1::Event* event) {
  ReadEventsTrack(data, nullptr, event);
  event->set_type(v1::EVENT_TYPE_EVENTS_TRACK);
  const v1::EventsTrack& track = event->events_track();
  if (track.has_time()) *event->mutable_occur_time() = track.time();
}

// As the event's name says what it is.
void ReadByName(PayloadReader& data, absl::string_view event_type, v1::Event* event) {
  for (const ExposureKeys& keys : kExposures) {
    if (event_type == keys.event_type) return ReadExposure(data, keys, event);
  }
  event_type == "$identify" ? ReadIdentifyEvent(data, event) : ReadTrackEvent(data, event);
}

}  // namespace

absl::Status ReadExportEvent(const JsonValue& object, const std::string& path, DeliveryEvents* events) {
  v1::Event* const event = events->New();
  absl::Status fault;
  PayloadReader data(object, path, &fault, events->unread_fields());
  const JsonValue* const event_type = object.Find("event_type");
  ReadByName(data, event_type != nullptr ? event_type->text() : "", event);
  AMPSTREAM_RETURN_IF_ERROR(fault);
  return events->Add(IdentityOf(events->delivery().source, EventTypeName(event->type()), object), path, event);
}

}  // namespace ampstream
