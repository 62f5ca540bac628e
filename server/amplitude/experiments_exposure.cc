#include "absl/types/optional.h"
#include "server/amplitude/payloads.h"

namespace ampstream {
namespace {

using Payload = v1::ExperimentsExposure;

void ReadMetadata(PayloadReader& data, Payload* exposure) {
  absl::optional<PayloadReader> metadata = data.Object({"metadata"});
  if (!metadata.has_value()) return;
  Payload::Metadata* const out = exposure->mutable_metadata();
  metadata->String({"deployment_name"}, out, &Payload::Metadata::mutable_deployment_name);
  metadata->Integer({"flag_version"}, out, &Payload::Metadata::set_flag_version);
  metadata->Rest(nullptr, out, Payload::Metadata::kAdditionalFieldsFieldNumber);
}

// After the exposure's own ids: those of the user fill in for them, and are the user's own where they need not.
void ReadUser(PayloadReader& data, Payload* exposure) {
  absl::optional<PayloadReader> user = data.Object({"user"});
  if (!user.has_value()) return;
  if (!exposure->has_user_id()) user->String({"user_id"}, exposure, &Payload::mutable_user_id);
  if (!exposure->has_device_id()) user->String({"device_id"}, exposure, &Payload::mutable_device_id);
  Payload::User* const out = exposure->mutable_user();
  user->String({"country"}, out, &Payload::User::mutable_country);
  user->String({"city"}, out, &Payload::User::mutable_city);
  user->String({"region"}, out, &Payload::User::mutable_region);
  user->String({"language"}, out, &Payload::User::mutable_language);
  user->String({"platform"}, out, &Payload::User::mutable_platform);
  user->String({"os"}, out, &Payload::User::mutable_os);
  user->Struct({"user_properties"}, out, Payload::User::kUserPropertiesFieldNumber);
  user->Rest(nullptr, out, Payload::User::kAdditionalFieldsFieldNumber);
}

}  // namespace

void ReadExperimentsExposure(PayloadReader& data, const JsonValue* envelope, v1::Event* event) {
  Payload* const out = event->mutable_experiments_exposure();
  data.String({"flag_key"}, out, &Payload::mutable_flag_key, PayloadReader::kRequired);
  data.String({"variant"}, out, &Payload::mutable_variant);
  data.String({"user_id"}, out, &Payload::mutable_user_id);
  data.String({"device_id"}, out, &Payload::mutable_device_id);
  data.Time({"time"}, out, &Payload::mutable_time, PayloadReader::kRequired);
  data.String({"experiment_key"}, out, &Payload::mutable_experiment_key);
  ReadMetadata(data, out);
  ReadUser(data, out);
  data.Rest(envelope, out, Payload::kAdditionalFieldsFieldNumber);
}

}  // namespace ampstream
