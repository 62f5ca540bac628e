#include "client/call_error.h"

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace ampstream {
namespace {

constexpr absl::string_view kDetailsUrl = "type.googleapis.com/google.rpc.Status";
constexpr absl::string_view kDomain = "ampstream";

void Read(const google::rpc::ErrorInfo& info, CallError* error) {
  error->from_ampstream = true;
  error->reason_name = info.reason();
  // Leaves ERROR_REASON_UNSPECIFIED where the name is not known here.
  v1::ErrorReason_Parse(absl::StrCat("ERROR_REASON_", info.reason()), &error->reason);
  error->metadata.insert(info.metadata().begin(), info.metadata().end());
}

}  // namespace

CallError CallError::Of(const absl::Status& status) {
  CallError error;
  error.code = status.code();
  error.message = std::string(status.message());
  const auto details = status.GetPayload(kDetailsUrl);
  google::rpc::Status parsed;
  if (!details.has_value() || !parsed.ParseFromString(std::string(*details))) return error;
  for (const google::protobuf::Any& any : parsed.details()) {
    google::rpc::ErrorInfo info;
    if (any.UnpackTo(&info) && info.domain() == kDomain) {
      Read(info, &error);
      break;
    }
  }
  return error;
}

bool CallError::retriable() const {
  switch (code) {
    case absl::StatusCode::kUnavailable:
      return true;
    case absl::StatusCode::kResourceExhausted:
      return from_ampstream;
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kUnknown:
      return !from_ampstream;
    default:
      return false;
  }
}

absl::Status StatusWithDetails(int code, absl::string_view message, absl::string_view details) {
  absl::Status status(static_cast<absl::StatusCode>(code), message);
  if (!status.ok() && !details.empty()) status.SetPayload(kDetailsUrl, absl::Cord(details));
  return status;
}

}  // namespace ampstream
