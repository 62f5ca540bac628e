#include <array>
#include <initializer_list>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "ampstream/v1/event.pb.h"
#include "server/amplitude/event_identity.h"
#include "server/amplitude/objects.h"
#include "server/amplitude/payload_reader.h"
#include "server/amplitude/payloads.h"
#include "server/amplitude/time_text.h"
#include "server/amplitude/translate_error.h"
#include "server/base/status_macros.h"
#include "server/event/event_type.h"
#include "server/event/times.h"

namespace ampstream {
namespace {

// A type that we know. Its other name on the wire is that of the EventType: `events.track`.
struct Webhook {
  absl::string_view wire_name;
  v1::EventType type;
  void (*read)(PayloadReader& data, const JsonValue* envelope, v1::Event* event);
};

constexpr std::array<Webhook, 8> kWebhooks = {{
    {"event.track", v1::EVENT_TYPE_EVENTS_TRACK, ReadEventsTrack},
    {"event.identify", v1::EVENT_TYPE_EVENTS_IDENTIFY, ReadEventsIdentify},
    {"annotation.created", v1::EVENT_TYPE_ANNOTATIONS_CREATED, ReadAnnotationsCreated},
    {"annotation.updated", v1::EVENT_TYPE_ANNOTATIONS_UPDATED, ReadAnnotationsUpdated},
    {"monitor.alert", v1::EVENT_TYPE_MONITORS_ALERT, ReadMonitorsAlert},
    {"cohort.computed", v1::EVENT_TYPE_COHORTS_COMPUTED, ReadCohortsComputed},
    {"experiment.exposure", v1::EVENT_TYPE_EXPERIMENTS_EXPOSURE, ReadExperimentsExposure},
    {"experiment.flag_changed", v1::EVENT_TYPE_EXPERIMENTS_FLAG_CHANGED, ReadExperimentsFlagChanged},
}};

bool IsMembership(absl::string_view type) {
  return type == "cohort.membership" || type == EventTypeName(v1::EVENT_TYPE_COHORTS_MEMBERSHIP);
}

// nullptr: not a type that we know, or a cohort's batch.
const Webhook* WebhookOf(absl::string_view type) {
  for (const Webhook& webhook : kWebhooks) {
    if (type == webhook.wire_name || type == EventTypeName(webhook.type)) return &webhook;
  }
  return nullptr;
}

// The time that an object has under the first of these names that has one.
absl::optional<absl::Time> FindTime(const JsonValue& object, std::initializer_list<absl::string_view> names) {
  for (absl::string_view name : names) {
    const JsonValue* const value = object.Find(name);
    if (value == nullptr) continue;
    if (const absl::StatusOr<absl::Time> time = ReadTime(*value); time.ok()) return *time;
  }
  return absl::nullopt;
}

// Nothing: the receive time.
absl::optional<absl::Time> OccurTime(const JsonValue& data, const JsonValue& envelope) {
  const auto own = FindTime(data, {"time", "triggered_at", "computed_at", "updated_at", "created_at"});
  return own.has_value() ? own : FindTime(envelope, {"created_at"});
}

absl::Status CheckEnvelope(const JsonValue& envelope, absl::string_view path) {
  const JsonValue* const created_at = envelope.Find("created_at");
  if (created_at == nullptr || created_at->is_null()) return absl::OkStatus();
  const absl::StatusOr<absl::Time> time = ReadTime(*created_at);
  return time.ok() ? absl::OkStatus() : DoesNotFit(JoinPath(path, "created_at"), time.status().message());
}

// An envelope's data, and what stands around it.
struct Data {
  const JsonValue& object;
  const std::string path;
  const JsonValue* const envelope;  // nullptr: the object is the data itself.
};

// The payload of a type that we know, with the event's type.
absl::Status ReadPayload(const Webhook& webhook, const Data& data, v1::Event* event) {
  event->set_type(webhook.type);
  absl::Status fault;
  PayloadReader reader(data.object, data.path, &fault);
  reader.Drop("type");
  webhook.read(reader, data.envelope, event);
  return fault;
}

absl::Status CheckData(const JsonValue& object, absl::string_view path) {
  const JsonValue* const data = object.Find("data");
  if (data == nullptr) return absl::OkStatus();
  return data->is_object() ? CheckEnvelope(object, path) : DoesNotFit(JoinPath(path, "data"), "must be an object");
}

absl::StatusOr<absl::string_view> TypeOf(const JsonValue& object, absl::string_view path) {
  if (!object.is_object()) return DoesNotFit(path, "must be an object");
  const JsonValue* const type = object.Find("type");
  if (type != nullptr && type->is_string()) return type->text();
  return DoesNotFit(JoinPath(path, "type"), type == nullptr ? "is required: a string such as \"events.track\""
                                                            : "must be a string such as \"events.track\"");
}

}  // namespace

bool IsCohortEnvelope(const JsonValue& object) {
  const JsonValue* const type = object.Find("type");
  return type != nullptr && type->is_string() && IsMembership(type->text());
}

absl::Status ReadEnvelope(const JsonValue& object, const std::string& path, DeliveryEvents* events) {
  AMPSTREAM_ASSIGN_OR_RETURN(const absl::string_view type, TypeOf(object, path));
  const JsonValue* const inner = object.Find("data");
  const Data data = {inner != nullptr ? *inner : object, inner != nullptr ? JoinPath(path, "data") : path,
                     inner != nullptr ? &object : nullptr};
  const Webhook* const webhook = WebhookOf(type);
  const bool is_cohort = webhook == nullptr && IsMembership(type);
  if (webhook != nullptr || is_cohort) AMPSTREAM_RETURN_IF_ERROR(CheckData(object, path));
  if (is_cohort) return ReadCohort(data.object, data.path, data.envelope, nullptr, events);
  v1::Event* const event = events->New();
  std::string identity;
  if (webhook != nullptr) {
    AMPSTREAM_RETURN_IF_ERROR(ReadPayload(*webhook, data, event));
    identity = std::string(EventTypeName(webhook->type));
  } else {
    event->set_type(v1::EVENT_TYPE_UNRECOGNIZED);
    ReadUnrecognized(object, event);
    identity = absl::StrCat("unrecognized:", type);
  }
  const absl::optional<absl::Time> occur_time = OccurTime(data.object, object);
  if (occur_time.has_value()) SetTimestamp(*occur_time, event->mutable_occur_time());
  return events->Add(IdentityOf(events->delivery().source, identity, data.object), path, event);
}

}  // namespace ampstream
