#include "server/amplitude/translator.h"

#include <array>
#include <cstdint>
#include <initializer_list>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "ampstream/v1/event.pb.h"
#include "google/protobuf/arena.h"
#include "server/amplitude/event_identity.h"
#include "server/amplitude/json_parser.h"
#include "server/amplitude/payload_reader.h"
#include "server/amplitude/payloads.h"
#include "server/amplitude/time_text.h"
#include "server/amplitude/translate_error.h"
#include "server/base/status_macros.h"
#include "server/event/event_type.h"
#include "server/event/times.h"

namespace ampstream {
namespace {

// Holds the message of nearly every event, so that no block is allocated for it.
constexpr size_t kFirstBlockBytes = size_t{32} << 10;

// A type that we know. Its other name on the wire is that of the EventType: `events.track`.
struct Webhook {
  absl::string_view wire_name;
  v1::EventType type;
  void (*read)(PayloadReader& data, const JsonValue* envelope, v1::Event* event);
};

constexpr std::array<Webhook, 7> kWebhooks = {{
    {"event.track", v1::EVENT_TYPE_EVENTS_TRACK, ReadEventsTrack},
    {"event.identify", v1::EVENT_TYPE_EVENTS_IDENTIFY, ReadEventsIdentify},
    {"annotation.created", v1::EVENT_TYPE_ANNOTATIONS_CREATED, ReadAnnotationsCreated},
    {"annotation.updated", v1::EVENT_TYPE_ANNOTATIONS_UPDATED, ReadAnnotationsUpdated},
    {"monitor.alert", v1::EVENT_TYPE_MONITORS_ALERT, ReadMonitorsAlert},
    {"cohort.computed", v1::EVENT_TYPE_COHORTS_COMPUTED, ReadCohortsComputed},
    {"experiment.exposure", v1::EVENT_TYPE_EXPERIMENTS_EXPOSURE, ReadExperimentsExposure},
}};

// nullptr: not a type that we know.
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

absl::Time OccurTime(const JsonValue& data, const JsonValue& envelope, absl::Time receive_time) {
  const auto own = FindTime(data, {"time", "triggered_at", "computed_at", "updated_at", "created_at"});
  if (own.has_value()) return *own;
  return FindTime(envelope, {"created_at"}).value_or(receive_time);
}

absl::Status CheckEnvelope(const JsonValue& envelope, absl::string_view path) {
  const JsonValue* const created_at = envelope.Find("created_at");
  if (created_at == nullptr || created_at->is_null()) return absl::OkStatus();
  const absl::StatusOr<absl::Time> time = ReadTime(*created_at);
  return time.ok() ? absl::OkStatus() : DoesNotFit(JoinPath(path, "created_at"), time.status().message());
}

// The payload of a type that we know, with the event's type.
absl::Status ReadPayload(const Webhook& webhook, const JsonValue& object, absl::string_view path, v1::Event* event) {
  event->set_type(webhook.type);
  const JsonValue* const data = object.Find("data");
  if (data != nullptr && !data->is_object()) return DoesNotFit(JoinPath(path, "data"), "must be an object");
  if (data != nullptr) AMPSTREAM_RETURN_IF_ERROR(CheckEnvelope(object, path));
  absl::Status fault;
  PayloadReader reader(data != nullptr ? *data : object, data != nullptr ? JoinPath(path, "data") : std::string(path),
                       &fault);
  reader.Drop("type");
  webhook.read(reader, data != nullptr ? &object : nullptr, event);
  return fault;
}

absl::StatusOr<absl::string_view> TypeOf(const JsonValue& object, absl::string_view path) {
  if (!object.is_object()) return DoesNotFit(path, "must be an object");
  const JsonValue* const type = object.Find("type");
  if (type != nullptr && type->is_string()) return type->text();
  return DoesNotFit(JoinPath(path, "type"), type == nullptr ? "is required: a string such as \"events.track\""
                                                            : "must be a string such as \"events.track\"");
}

}  // namespace

class Translator::Impl {
 public:
  explicit Impl(const TranslateLimits& limits) : limits_(limits) {}

  absl::StatusOr<std::vector<NewEvent>> Translate(std::string& body, const DeliveryInfo& delivery);

 private:
  // `path` is the object's own: empty for the whole body.
  absl::StatusOr<NewEvent> TranslateObject(const JsonValue& object, const std::string& path,
                                           const DeliveryInfo& delivery);
  absl::StatusOr<std::string> Encode(const v1::Event& event, absl::string_view path) const;

  google::protobuf::ArenaOptions ArenaOptions() const {
    google::protobuf::ArenaOptions options;
    options.initial_block = first_block_.get();
    options.initial_block_size = kFirstBlockBytes;
    return options;
  }

  const TranslateLimits limits_;
  JsonParser parser_;
  const std::unique_ptr<char[]> first_block_ = std::make_unique<char[]>(kFirstBlockBytes);
  google::protobuf::Arena arena_{ArenaOptions()};
};

absl::StatusOr<std::vector<NewEvent>> Translator::Impl::Translate(std::string& body, const DeliveryInfo& delivery) {
  const absl::Cleanup clear = [this] {
    parser_.Clear();
    arena_.Reset();
  };
  AMPSTREAM_ASSIGN_OR_RETURN(const JsonValue* const root,
                             parser_.Parse(body, {limits_.max_events, limits_.max_event_values}));
  std::vector<NewEvent> events;
  if (!root->is_array()) {
    AMPSTREAM_ASSIGN_OR_RETURN(NewEvent event, TranslateObject(*root, "", delivery));
    events.push_back(std::move(event));
    return events;
  }
  events.reserve(root->items().size());
  size_t bytes = 0;
  for (const JsonValue& item : root->items()) {
    AMPSTREAM_ASSIGN_OR_RETURN(NewEvent event, TranslateObject(item, absl::StrCat("[", events.size(), "]"), delivery));
    bytes += event.encoded.size();
    if (bytes > limits_.max_delivery_bytes) {
      return DoesNotFit("", absl::StrCat("the events take more than the ", limits_.max_delivery_bytes,
                                         " bytes encoded that a delivery may; send fewer at once"));
    }
    events.push_back(std::move(event));
  }
  return events;
}

absl::StatusOr<NewEvent> Translator::Impl::TranslateObject(const JsonValue& object, const std::string& path,
                                                           const DeliveryInfo& delivery) {
  arena_.Reset();
  auto* const event = google::protobuf::Arena::CreateMessage<v1::Event>(&arena_);
  AMPSTREAM_ASSIGN_OR_RETURN(const absl::string_view type, TypeOf(object, path));
  const JsonValue* const inner = object.Find("data");
  const JsonValue& data = inner != nullptr ? *inner : object;
  NewEvent out;
  if (const Webhook* const webhook = WebhookOf(type)) {
    AMPSTREAM_RETURN_IF_ERROR(ReadPayload(*webhook, object, path, event));
    out.id = IdentityOf(delivery.source, EventTypeName(webhook->type), data);
  } else {
    event->set_type(v1::EVENT_TYPE_UNRECOGNIZED);
    ReadUnrecognized(object, event);
    out.id = IdentityOf(delivery.source, absl::StrCat("unrecognized:", type), data);
  }
  event->set_id(out.id.ToString());
  event->mutable_source()->assign(delivery.source.data(), delivery.source.size());
  SetTimestamp(OccurTime(data, object, delivery.receive_time), event->mutable_occur_time());
  SetTimestamp(delivery.receive_time, event->mutable_receive_time());
  event->mutable_trace_parent()->assign(delivery.trace_parent.data(), delivery.trace_parent.size());
  out.receive_time = delivery.receive_time;
  AMPSTREAM_ASSIGN_OR_RETURN(out.encoded, Encode(*event, path));
  return out;
}

absl::StatusOr<std::string> Translator::Impl::Encode(const v1::Event& event, absl::string_view path) const {
  const size_t size = event.ByteSizeLong();
  if (size > limits_.max_event_bytes) {
    return DoesNotFit(path, absl::StrCat("the event takes ", size, " bytes encoded, more than the ",
                                         limits_.max_event_bytes, " that are allowed"));
  }
  std::string encoded(size, '\0');
  event.SerializeWithCachedSizesToArray(reinterpret_cast<uint8_t*>(&encoded[0]));
  return encoded;
}

Translator::Translator(const TranslateLimits& limits) : impl_(std::make_unique<Impl>(limits)) {}

Translator::~Translator() = default;

absl::StatusOr<std::vector<NewEvent>> Translator::Translate(std::string& body, const DeliveryInfo& delivery) {
  return impl_->Translate(body, delivery);
}

}  // namespace ampstream
