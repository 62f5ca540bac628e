#include "client/cli/samples.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "server/event/event_type.h"

namespace ampstream {
namespace {

// In these, @MS@ is the time in milliseconds, @TIME@ and @DAY@ the same as RFC 3339 and as its day, @ID@ 16 hex digits
// and @NUMBER@ a number, both unique.
constexpr char kEventsTrack[] =
    R"({"type":"event.track","event_type":"Plan Upgraded","event_id":"@NUMBER@","time":@MS@,)"
    R"("user_id":"ada@example.com","device_id":"laptop-17","insert_id":"@ID@","session_id":@MS@,)"
    R"("event_properties":{"from":"free","plan":"pro","seats":5},"user_properties":{"country":"UK"},)"
    R"("app_version":"4.2.0","platform":"Web"})";
constexpr char kEventsIdentify[] =
    R"({"type":"event.identify","time":@MS@,"user_id":"ada@example.com","device_id":"laptop-17","insert_id":"@ID@",)"
    R"("user_properties":{"$set":{"plan":"pro","company":"Analytical Engines"},"$add":{"logins":1}},)"
    R"("app_version":"4.2.0","platform":"Web"})";
constexpr char kAnnotationsCreated[] =
    R"({"type":"annotation.created","id":@NUMBER@,"label":"Pricing page redesigned","date":"@DAY@",)"
    R"("description":"New plans are shown to everybody","app_id":180051,"source":"ampstream send","created_at":"@TIME@"})";
constexpr char kAnnotationsUpdated[] =
    R"({"type":"annotation.updated","id":@NUMBER@,"label":"Pricing page redesigned, EU only","date":"@DAY@",)"
    R"("description":"New plans are shown in the EU","app_id":180051,"source":"ampstream send","updated_at":"@TIME@"})";
constexpr char kMonitorsAlert[] =
    R"({"type":"monitor.alert","monitor_id":"monitor-@ID@","monitor_name":"Checkout errors","triggered_at":"@TIME@",)"
    R"("alert_type":"threshold","condition":"errors > 100 in 5 minutes","value":137,"threshold":100,)"
    R"("chart_id":"chart-9","dashboard_id":77,"recipients":["oncall@example.com","#alerts"]})";
constexpr char kCohortsComputed[] =
    R"({"type":"cohort.computed","cohort_id":"cohort-@ID@","cohort_name":"Weekly active teams","size":1843,)"
    R"("computed_at":"@TIME@","app_id":180051,"published":true})";
constexpr char kExperimentsExposure[] =
    R"({"type":"experiment.exposure","flag_key":"new-checkout","variant":"treatment","user_id":"ada@example.com",)"
    R"("device_id":"laptop-17","time":@MS@,"experiment_key":"checkout-@ID@",)"
    R"("metadata":{"deployment_name":"web","flag_version":12},)"
    R"("user":{"country":"UK","city":"London","language":"en","platform":"Web","os":"Linux",)"
    R"("user_properties":{"plan":"pro"}}})";
constexpr char kCohortsMembership[] =
    R"({"type":"cohort.membership","cohort_id":"cohort-9","cohort_name":"Weekly active teams","in_cohort":true,)"
    R"("computed_time":"@TIME@","message_id":"@ID@::enter::0",)"
    R"("users":[{"user_id":"ada@example.com","user_properties":{"plan":"pro"}},{"user_id":"grace@example.com"}]})";
constexpr char kExperimentsFlagChanged[] =
    R"({"type":"experiment.flag_changed","flag_id":@NUMBER@,"flag_name":"new-checkout","action":"updated",)"
    R"("scope":"project","scope_param":180051,"scope_param_name":"Web shop","modified_by":"ada@example.com",)"
    R"("flag":{"key":"new-checkout","enabled":true},"old_flag":{"key":"new-checkout","enabled":false}})";

// Null: the type has no sample.
const char* DataOf(v1::EventType type) {
  switch (type) {
    case v1::EVENT_TYPE_EVENTS_TRACK:
      return kEventsTrack;
    case v1::EVENT_TYPE_EVENTS_IDENTIFY:
      return kEventsIdentify;
    case v1::EVENT_TYPE_ANNOTATIONS_CREATED:
      return kAnnotationsCreated;
    case v1::EVENT_TYPE_ANNOTATIONS_UPDATED:
      return kAnnotationsUpdated;
    case v1::EVENT_TYPE_MONITORS_ALERT:
      return kMonitorsAlert;
    case v1::EVENT_TYPE_COHORTS_COMPUTED:
      return kCohortsComputed;
    case v1::EVENT_TYPE_EXPERIMENTS_EXPOSURE:
      return kExperimentsExposure;
    case v1::EVENT_TYPE_COHORTS_MEMBERSHIP:
      return kCohortsMembership;
    case v1::EVENT_TYPE_EXPERIMENTS_FLAG_CHANGED:
      return kExperimentsFlagChanged;
    default:
      return nullptr;
  }
}

// events.track -> event.track
std::string SenderName(v1::EventType type) { return absl::StrReplaceAll(EventTypeName(type), {{"s.", "."}}); }

}  // namespace

std::vector<v1::EventType> SampleTypes() {
  std::vector<v1::EventType> types;
  for (int value = v1::EventType_MIN; value <= v1::EventType_MAX; ++value) {
    const auto type = static_cast<v1::EventType>(value);
    if (DataOf(type) != nullptr) types.push_back(type);
  }
  return types;
}

absl::optional<v1::EventType> SampleTypeOfName(absl::string_view name) {
  for (const v1::EventType type : SampleTypes()) {
    if (name == EventTypeName(type) || name == SenderName(type)) return type;
  }
  return absl::nullopt;
}

std::string SampleWebhook(v1::EventType type, absl::Time now, uint64_t unique) {
  const absl::TimeZone utc = absl::UTCTimeZone();
  const std::string time = absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", now, utc);
  const std::string body =
      absl::StrCat(R"({"type":")", SenderName(type), R"(","created_at":"@TIME@","data":)", DataOf(type), "}");
  return absl::StrReplaceAll(body, {
                                       {"@MS@", absl::StrCat(absl::ToUnixMillis(now))},
                                       {"@TIME@", time},
                                       {"@DAY@", time.substr(0, 10)},
                                       {"@ID@", absl::StrFormat("%016x", unique)},
                                       // 53 bits: exact in every reader of JSON.
                                       {"@NUMBER@", absl::StrCat(unique >> 11)},
                                   });
}

}  // namespace ampstream
