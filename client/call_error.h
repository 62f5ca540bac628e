#ifndef AMPSTREAM_CLIENT_CALL_ERROR_H_
#define AMPSTREAM_CLIENT_CALL_ERROR_H_

#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "ampstream/v1/error.pb.h"

namespace ampstream {

// Why a call failed or a stream ended, in the terms of error.proto. A value.
struct CallError {
  // Of a Status that this library returned: what the server said, as far as it said it. Of any other Status, and of OK,
  // the code and message alone.
  static CallError Of(const absl::Status& status);

  // Whether the same call may succeed later, unchanged. By the rule of `EventService`: UNAVAILABLE; RESOURCE_EXHAUSTED
  // only from ampstream (gRPC itself uses that code for an oversized message); INTERNAL and UNKNOWN only not from
  // ampstream (a broken connection); nothing else.
  bool retriable() const;

  // gRPC's code, which has the same names and numbers.
  absl::StatusCode code = absl::StatusCode::kOk;
  // For a person.
  std::string message;
  // True: ampstream answered so (there is an ErrorInfo of domain `ampstream`). False: gRPC, a proxy or a broken
  // connection did, and what follows is empty.
  bool from_ampstream = false;
  // ERROR_REASON_UNSPECIFIED: none, or one that only a newer server knows; then `reason_name` still has its name.
  v1::ErrorReason reason = v1::ERROR_REASON_UNSPECIFIED;
  // The reason's name without `ERROR_REASON_`: `CURSOR_EXPIRED`.
  std::string reason_name;
  // `oldest_cursor`, `newest_cursor`, `limit`, where they help.
  std::map<std::string, std::string> metadata;
};

// A Status that CallError::Of can read: a gRPC status' code and message, and the bytes of its trailer
// `grpc-status-details-bin` (may be empty; may be no google.rpc.Status at all, it is then not read).
absl::Status StatusWithDetails(int code, absl::string_view message, absl::string_view details);

}  // namespace ampstream

#endif  // AMPSTREAM_CLIENT_CALL_ERROR_H_
