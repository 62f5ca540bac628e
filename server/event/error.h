#ifndef AMPSTREAM_SERVER_EVENT_ERROR_H_
#define AMPSTREAM_SERVER_EVENT_ERROR_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "ampstream/v1/error.pb.h"

// Errors that a subscriber will see: a Status that also bears its ErrorReason and metadata (`oldest_cursor`,
// `newest_cursor`, `limit`), through every layer up to the one table that makes a gRPC status of it.
namespace ampstream {

using ErrorMetadata = std::vector<std::pair<std::string, std::string>>;

// The code of the Status is of use to code below the table only: INVALID_ARGUMENT, OUT_OF_RANGE and so on, as
// error.proto says beside the reason.
absl::Status MakeError(absl::StatusCode code, v1::ErrorReason reason, absl::string_view message);

// The same status with one more entry.
absl::Status WithMetadata(absl::Status status, absl::string_view key, absl::string_view value);

// The same status, telling also which field of the request is at fault, and how.
absl::Status WithFieldViolation(absl::Status status, absl::string_view field, absl::string_view description);

struct FieldViolation {
  std::string field;
  std::string description;
};
absl::optional<FieldViolation> FieldViolationOf(const absl::Status& status);

// ERROR_REASON_UNSPECIFIED: OK, or made otherwise.
v1::ErrorReason ReasonOf(const absl::Status& status);

ErrorMetadata MetadataOf(const absl::Status& status);

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_EVENT_ERROR_H_
