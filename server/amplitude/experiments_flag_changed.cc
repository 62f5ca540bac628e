#include "server/amplitude/payloads.h"

namespace ampstream {

void ReadExperimentsFlagChanged(PayloadReader& data, const JsonValue* envelope, v1::Event* event) {
  using Payload = v1::ExperimentsFlagChanged;
  Payload* const out = event->mutable_experiments_flag_changed();
  data.Integer({"flagId", "flag_id"}, out, &Payload::set_flag_id, PayloadReader::kRequired);
  data.String({"flagName", "flag_name"}, out, &Payload::mutable_flag_name, PayloadReader::kRequired);
  data.String({"action"}, out, &Payload::mutable_action, PayloadReader::kRequired);
  data.String({"scope"}, out, &Payload::mutable_scope);
  data.String({"scopeParam", "scope_param"}, out, &Payload::mutable_scope_param);
  data.String({"scopeParamName", "scope_param_name"}, out, &Payload::mutable_scope_param_name);
  data.String({"modifiedBy", "modified_by"}, out, &Payload::mutable_modified_by);
  data.Struct({"flag"}, out, Payload::kFlagFieldNumber);
  data.Struct({"oldFlag", "old_flag"}, out, Payload::kOldFlagFieldNumber);
  data.Rest(envelope, out, Payload::kAdditionalFieldsFieldNumber);
}

}  // namespace ampstream
