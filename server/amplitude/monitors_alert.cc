#include "server/amplitude/payloads.h"

namespace ampstream {

void ReadMonitorsAlert(PayloadReader& data, const JsonValue* envelope, v1::Event* event) {
  using Payload = v1::MonitorsAlert;
  Payload* const out = event->mutable_monitors_alert();
  data.String({"monitor_id"}, out, &Payload::mutable_monitor_id, PayloadReader::kRequired);
  data.String({"monitor_name"}, out, &Payload::mutable_monitor_name, PayloadReader::kRequired);
  data.Time({"triggered_at"}, out, &Payload::mutable_triggered_at, PayloadReader::kRequired);
  data.String({"alert_type"}, out, &Payload::mutable_alert_type);
  data.String({"condition"}, out, &Payload::mutable_condition);
  data.Number({"value"}, out, &Payload::set_value);
  data.Number({"threshold"}, out, &Payload::set_threshold);
  data.String({"chart_id"}, out, &Payload::mutable_chart_id);
  data.Integer({"dashboard_id"}, out, &Payload::set_dashboard_id);
  data.Strings({"recipients"}, out->mutable_recipients());
  data.Rest(envelope, out, Payload::kAdditionalFieldsFieldNumber);
}

}  // namespace ampstream
