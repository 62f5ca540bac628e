#include "tests/benchmarks/track_json.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "tests/benchmarks/field_in.h"

namespace ampstream {
namespace {

constexpr absl::string_view kEventIdStart = "e-";

}  // namespace

std::string TrackJson(const TrackMark& mark) {
  return absl::StrFormat(
      R"({"type":"event.track","created_at":"2026-01-02T03:04:05.000Z","data":{"type":"event.track",)"
      R"("event_id":"%s%d","event_type":"Button Tap %03d","time":1767323045678,"user_id":"user-%06d",)"
      R"("device_id":"0f6f7c8e-0000-4000-8000-000000000001","session_id":1767323000000,)"
      R"("insert_id":"5f0adeff-6668-4427-8d02-%012d","app_version":"2.1.3","platform":"iOS",)"
      R"("event_properties":{"number":%d,"scheduled_us":%d,"button":"signup","page":"/pricing",)"
      R"("referrer":"https://www.example.com/blog/2026/how-we-began"},)"
      R"("user_properties":{"plan":"pro","cohort":"2026-01"},"country":"France","language":"French"}})",
      kEventIdStart, mark.number, mark.number % 100, mark.number % 1000000, mark.number, mark.number,
      mark.scheduled_us);
}

std::string TrackArrayJson(int64_t first, int64_t count) {
  std::string json = "[";
  for (int64_t i = 0; i < count; ++i) absl::StrAppend(&json, i == 0 ? "" : ",", TrackJson({first + i, 0}));
  json += "]";
  return json;
}

absl::optional<int64_t> NumberIn(absl::string_view encoded_event) {
  absl::string_view text =
      FieldIn(FieldIn(encoded_event, v1::Event::kEventsTrackFieldNumber), v1::EventsTrack::kEventIdFieldNumber);
  int64_t number = 0;
  if (!absl::ConsumePrefix(&text, kEventIdStart) || !absl::SimpleAtoi(text, &number)) return absl::nullopt;
  return number;
}

absl::optional<TrackMark> MarkOf(const v1::Event& event) {
  const auto& properties = event.events_track().event_properties().fields();
  const auto number = properties.find("number");
  const auto scheduled = properties.find("scheduled_us");
  if (number == properties.end() || scheduled == properties.end()) return absl::nullopt;
  return TrackMark{static_cast<int64_t>(number->second.number_value()),
                   static_cast<int64_t>(scheduled->second.number_value())};
}

}  // namespace ampstream
