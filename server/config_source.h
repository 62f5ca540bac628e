#ifndef AMPSTREAM_SERVER_CONFIG_SOURCE_H_
#define AMPSTREAM_SERVER_CONFIG_SOURCE_H_

#include <google/protobuf/repeated_ptr_field.h>

#include <string>

#include "absl/status/status.h"
#include "ampstream/config/v1/config.pb.h"

// What holds of one source of the configuration.
namespace ampstream {

// Whether it has a name and exactly one scheme, with all that this one needs. INVALID_ARGUMENT: `found ..., expected
// ...`.
absl::Status CheckSource(const config::v1::Source& source);

// Fills in what it leaves out and config.proto has a default for.
void SetSourceDefaults(config::v1::Source* source);

// Where the live secrets or tokens of its scheme are: `env:NAME` or `file:PATH`.
const google::protobuf::RepeatedPtrField<std::string>& SecretReferences(const config::v1::Source& source);

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_CONFIG_SOURCE_H_
