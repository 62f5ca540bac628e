#include "server/amplitude/payloads.h"

namespace ampstream {

void ReadCohortsComputed(PayloadReader& data, const JsonValue* envelope, v1::Event* event) {
  using Payload = v1::CohortsComputed;
  Payload* const out = event->mutable_cohorts_computed();
  data.String({"cohort_id"}, out, &Payload::mutable_cohort_id, PayloadReader::kRequired);
  data.String({"cohort_name"}, out, &Payload::mutable_cohort_name, PayloadReader::kRequired);
  data.Integer({"size"}, out, &Payload::set_size, PayloadReader::kRequired);
  data.Time({"computed_at"}, out, &Payload::mutable_computed_at, PayloadReader::kRequired);
  data.Integer({"app_id"}, out, &Payload::set_app_id);
  data.Boolean({"published"}, out, &Payload::set_published);
  data.Rest(envelope, out, Payload::kAdditionalFieldsFieldNumber);
}

}  // namespace ampstream
