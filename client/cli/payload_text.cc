#include "client/cli/payload_text.h"

#include <map>

#include "absl/strings/str_cat.h"
#include "client/cli/event_json.h"
#include "client/cli/printable.h"

namespace ampstream {
namespace {

using google::protobuf::Struct;
using google::protobuf::Value;

constexpr int kMostProperties = 3;
constexpr size_t kLongestPath = 40;

void Add(std::string* text, absl::string_view key, absl::string_view value) {
  absl::StrAppend(text, text->empty() ? "" : " ", key, "=", ampstream::Value(value));
}

std::string ValueText(const Value& value) {
  if (value.kind_case() == Value::kStringValue) return value.string_value();
  return Json(value).value_or("?");
}

// Adds what is under `path`: maps, which user properties hold for operations, by their own keys (`$set.plan=pro`).
// Takes one off `left` for each pair, and is done where it gets below zero.
void AddProperty(std::string* text, const std::string& path, const Value& value, int* left) {
  if (*left < 0) return;
  if (value.kind_case() != Value::kStructValue) {
    if (--*left >= 0) Add(text, Shortened(path, kLongestPath), ValueText(value));
    return;
  }
  // A map's order is anybody's guess; the same event is to look the same.
  const auto& fields = value.struct_value().fields();
  for (const auto& [key, field] : std::map<std::string, Value>(fields.begin(), fields.end())) {
    AddProperty(text, path.empty() ? key : absl::StrCat(path, ".", key), field, left);
  }
}

void AddProperties(std::string* text, const Struct& properties) {
  Value all;
  *all.mutable_struct_value() = properties;
  int left = kMostProperties;
  AddProperty(text, "", all, &left);
  if (left < 0) absl::StrAppend(text, " ...");
}

template <typename Payload>
void AddUser(std::string* text, const Payload& payload) {
  if (payload.has_user_id()) Add(text, "user", payload.user_id());
  if (payload.has_device_id()) Add(text, "device", payload.device_id());
}

std::string Text(const v1::EventsTrack& payload) {
  std::string text = ampstream::Value(payload.event_type());
  AddUser(&text, payload);
  AddProperties(&text, payload.event_properties());
  return text;
}

std::string Text(const v1::EventsIdentify& payload) {
  std::string text;
  AddUser(&text, payload);
  AddProperties(&text, payload.user_properties());
  return text;
}

// AnnotationsCreated and AnnotationsUpdated.
template <typename Annotation>
std::string AnnotationText(const Annotation& payload) {
  std::string text = ampstream::Value(payload.label());
  Add(&text, "date", payload.date());
  Add(&text, "annotation", absl::StrCat(payload.id()));
  return text;
}

std::string Text(const v1::MonitorsAlert& payload) {
  std::string text = ampstream::Value(payload.monitor_name());
  if (payload.has_value()) Add(&text, "value", absl::StrCat(payload.value()));
  if (payload.has_threshold()) Add(&text, "threshold", absl::StrCat(payload.threshold()));
  if (payload.has_condition()) Add(&text, "condition", payload.condition());
  return text;
}

std::string Text(const v1::CohortsComputed& payload) {
  std::string text = ampstream::Value(payload.cohort_name());
  Add(&text, "size", absl::StrCat(payload.size()));
  Add(&text, "cohort", payload.cohort_id());
  return text;
}

std::string Text(const v1::ExperimentsExposure& payload) {
  std::string text = ampstream::Value(payload.flag_key());
  if (payload.has_variant()) Add(&text, "variant", payload.variant());
  AddUser(&text, payload);
  return text;
}

std::string Text(const v1::CohortsMembership& payload) {
  std::string text = ampstream::Value(payload.has_cohort_name() ? payload.cohort_name() : payload.cohort_id());
  Add(&text, payload.in_cohort() ? "entered" : "left", absl::StrCat(payload.users_size()));
  if (payload.parts() > 1) Add(&text, "part", absl::StrCat(payload.part(), "/", payload.parts()));
  Add(&text, "cohort", payload.cohort_id());
  return text;
}

std::string Text(const v1::ExperimentsFlagChanged& payload) {
  std::string text = ampstream::Value(payload.flag_name());
  Add(&text, "action", payload.action());
  if (payload.has_modified_by()) Add(&text, "by", payload.modified_by());
  return text;
}

std::string Text(const v1::Unrecognized& payload) {
  return absl::StrCat(ampstream::Value(payload.type()), " data=", ampstream::Value(ValueText(payload.data())));
}

}  // namespace

std::string PayloadText(const v1::Event& event) {
  switch (event.payload_case()) {
    case v1::Event::kEventsTrack:
      return Text(event.events_track());
    case v1::Event::kEventsIdentify:
      return Text(event.events_identify());
    case v1::Event::kAnnotationsCreated:
      return AnnotationText(event.annotations_created());
    case v1::Event::kAnnotationsUpdated:
      return AnnotationText(event.annotations_updated());
    case v1::Event::kMonitorsAlert:
      return Text(event.monitors_alert());
    case v1::Event::kCohortsComputed:
      return Text(event.cohorts_computed());
    case v1::Event::kExperimentsExposure:
      return Text(event.experiments_exposure());
    case v1::Event::kCohortsMembership:
      return Text(event.cohorts_membership());
    case v1::Event::kExperimentsFlagChanged:
      return Text(event.experiments_flag_changed());
    case v1::Event::kUnrecognized:
      return Text(event.unrecognized());
    case v1::Event::PAYLOAD_NOT_SET:
      break;
  }
  return "(a payload that only a newer ampstream knows)";
}

}  // namespace ampstream
