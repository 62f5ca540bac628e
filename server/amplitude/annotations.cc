#include "server/amplitude/payloads.h"

namespace ampstream {
namespace {

// What the two webhooks have in common: all but the name of their time.
template <typename Payload>
void ReadAnnotation(PayloadReader& data, Payload* out) {
  data.Integer({"id", "annotation_id"}, out, &Payload::set_id, PayloadReader::kRequired);
  data.String({"label"}, out, &Payload::mutable_label, PayloadReader::kRequired);
  data.Date({"date"}, out, &Payload::mutable_date);
  data.String({"description", "details"}, out, &Payload::mutable_description);
  data.Integer({"app_id"}, out, &Payload::set_app_id);
  data.String({"source"}, out, &Payload::mutable_source);
}

}  // namespace

void ReadAnnotationsCreated(PayloadReader& data, const JsonValue* envelope, v1::Event* event) {
  using Payload = v1::AnnotationsCreated;
  Payload* const out = event->mutable_annotations_created();
  ReadAnnotation(data, out);
  data.Time({"created_at"}, out, &Payload::mutable_created_at);
  data.Rest(envelope, out, Payload::kAdditionalFieldsFieldNumber);
}

void ReadAnnotationsUpdated(PayloadReader& data, const JsonValue* envelope, v1::Event* event) {
  using Payload = v1::AnnotationsUpdated;
  Payload* const out = event->mutable_annotations_updated();
  ReadAnnotation(data, out);
  data.Time({"updated_at"}, out, &Payload::mutable_updated_at);
  data.Rest(envelope, out, Payload::kAdditionalFieldsFieldNumber);
}

}  // namespace ampstream
