#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "server/amplitude/alert_sentence.h"
#include "server/amplitude/objects.h"
#include "server/amplitude/payload_reader.h"
#include "server/base/status_macros.h"
#include "server/event/event_type.h"
#include "server/event/times.h"

namespace ampstream {
namespace {

using Payload = v1::MonitorsAlert;

// The text under a key that is left for `additional_fields`.
absl::string_view TextOf(const JsonValue& chart, absl::string_view key) {
  const JsonValue* const value = chart.Find(key);
  return value != nullptr && value->is_string() ? value->text() : absl::string_view();
}

// https://app.amplitude.com/analytics/acme/chart/abc123 -> abc123
absl::string_view LastPart(absl::string_view url) {
  url = url.substr(0, url.find_first_of("?#"));
  return url.substr(url.rfind('/') + 1);
}

void ReadIds(const JsonValue& chart, PayloadReader& data, Payload* out) {
  const absl::string_view last = LastPart(TextOf(chart, "chart_url"));
  data.String({"monitor_id"}, out, &Payload::mutable_monitor_id);
  data.String({"chart_id"}, out, &Payload::mutable_chart_id);
  if (out->monitor_id().empty()) out->set_monitor_id(std::string(last));
  if (!out->has_chart_id() && !last.empty()) out->set_chart_id(std::string(last));
  if (out->monitor_id().empty()) data.Fault("monitor_id", "is required, or a chart_url that ends in the chart's id");
}

void SetWhatHappened(const AlertSentence& sentence, v1::Event* event) {
  Payload* const out = event->mutable_monitors_alert();
  SetTimestamp(sentence.time, out->mutable_triggered_at());
  SetTimestamp(sentence.time, event->mutable_occur_time());
  out->set_value(sentence.value);
  out->set_condition(sentence.condition);
  out->set_threshold(sentence.threshold);
}

absl::Status ReadChart(const JsonValue& chart, const JsonValue& monitor, const std::string& path,
                       DeliveryEvents* events) {
  v1::Event* const event = events->New();
  event->set_type(v1::EVENT_TYPE_MONITORS_ALERT);
  Payload* const out = event->mutable_monitors_alert();
  absl::Status fault;
  PayloadReader data(chart, path, &fault, events->unread_fields());
  data.String({"header", "monitor_name"}, out, &Payload::mutable_monitor_name, PayloadReader::kRequired);
  ReadIds(chart, data, out);
  const absl::optional<AlertSentence> sentence = ParseAlertSentence(TextOf(chart, "what_happened"));
  if (sentence.has_value()) SetWhatHappened(*sentence, event);
  data.RestOfItem(monitor, "charts", out, Payload::kAdditionalFieldsFieldNumber);
  AMPSTREAM_RETURN_IF_ERROR(fault);
  // Without its time, the same may well happen twice.
  const absl::string_view type = EventTypeName(event->type());
  const EventId id =
      sentence.has_value() ? EventId::Of({events->delivery().source, type, "d", chart.raw()}) : EventId::Random();
  return events->Add(id, path, event);
}

}  // namespace

absl::Status ReadMonitor(const JsonValue& object, const std::string& path, DeliveryEvents* events) {
  absl::Status fault;
  PayloadReader monitor(object, path, &fault, events->unread_fields());
  const absl::Span<const JsonValue> charts = monitor.Items({"charts"});
  for (size_t i = 0; fault.ok() && i < charts.size(); ++i) {
    const std::string name = absl::StrCat("charts[", i, "]");
    if (!charts[i].is_object()) monitor.Fault(name, "must be an object");
    AMPSTREAM_RETURN_IF_ERROR(fault);
    AMPSTREAM_RETURN_IF_ERROR(ReadChart(charts[i], object, JoinPath(path, name), events));
  }
  return fault;
}

}  // namespace ampstream
