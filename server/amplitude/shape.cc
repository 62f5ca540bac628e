#include "server/amplitude/shape.h"

#include <algorithm>
#include <initializer_list>

#include "absl/strings/string_view.h"

namespace ampstream {
namespace {

// Null is the same as absent.
bool Has(const JsonValue& object, absl::string_view key) {
  const JsonValue* const value = object.Find(key);
  return value != nullptr && !value->is_null();
}

// Null too: a template prints the field, whatever it holds.
bool HasKeyOf(const JsonValue& object, std::initializer_list<absl::string_view> keys) {
  return std::any_of(keys.begin(), keys.end(), [&](absl::string_view key) { return object.Find(key) != nullptr; });
}

bool HasArray(const JsonValue& object, absl::string_view key) {
  const JsonValue* const value = object.Find(key);
  return value != nullptr && value->is_array();
}

bool HasObject(const JsonValue& object, absl::string_view key) {
  const JsonValue* const value = object.Find(key);
  return value != nullptr && value->is_object();
}

}  // namespace

Shape RecognizeShape(const JsonValue& object) {
  if (Has(object, "type")) return Shape::kEnvelope;
  if (HasKeyOf(object, {"event_type"})) {
    const bool has_time = HasKeyOf(object, {"event_time", "client_event_time", "time"});
    return has_time ? Shape::kExportEvent : Shape::kEnvelope;
  }
  if (Has(object, "cohort_id") && HasArray(object, "users")) return Shape::kCohort;
  if (HasArray(object, "charts")) return Shape::kMonitor;
  if (Has(object, "flagId") && Has(object, "action")) return Shape::kExperimentAlert;
  const bool has_id = Has(object, "user_id") || Has(object, "device_id");
  const bool has_properties = HasObject(object, "user_properties") || HasObject(object, "groups");
  return has_id && has_properties ? Shape::kIdentify : Shape::kEnvelope;
}

bool LooksLikeUser(const JsonValue& object) {
  if (Has(object, "type") || Has(object, "event_type") || Has(object, "cohort_id")) return false;
  return Has(object, "user_id") || Has(object, "device_id") || Has(object, "amplitude_id");
}

}  // namespace ampstream
