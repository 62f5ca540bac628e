#include "server/rpc/grpc_status.h"

#include <string>
#include <utility>

#include "absl/strings/strip.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "server/event/cursor.h"
#include "server/event/error.h"

namespace ampstream {
namespace {

constexpr char kDomain[] = "ampstream";

}  // namespace

grpc::StatusCode CodeOf(v1::ErrorReason reason) {
  switch (reason) {
    case v1::ERROR_REASON_UNSPECIFIED:
      return grpc::StatusCode::OK;
    case v1::ERROR_REASON_INVALID_REQUEST:
    case v1::ERROR_REASON_INVALID_FILTER:
    case v1::ERROR_REASON_INVALID_CURSOR:
      return grpc::StatusCode::INVALID_ARGUMENT;
    case v1::ERROR_REASON_CURSOR_EXPIRED:
    case v1::ERROR_REASON_CURSOR_OF_ANOTHER_LOG:
    case v1::ERROR_REASON_CURSOR_FROM_THE_FUTURE:
      return grpc::StatusCode::OUT_OF_RANGE;
    case v1::ERROR_REASON_TOO_MANY_STREAMS:
      return grpc::StatusCode::RESOURCE_EXHAUSTED;
    case v1::ERROR_REASON_DRAINING:
    case v1::ERROR_REASON_LOG_UNAVAILABLE:
      return grpc::StatusCode::UNAVAILABLE;
    case v1::ERROR_REASON_EVENT_NOT_FOUND:
      return grpc::StatusCode::NOT_FOUND;
    case v1::ERROR_REASON_NOT_IMPLEMENTED:
      return grpc::StatusCode::UNIMPLEMENTED;
    case v1::ERROR_REASON_INTERNAL:
    // Protobuf's own, so that the enum has a fixed width; no reason of ours.
    case v1::ErrorReason_INT_MIN_SENTINEL_DO_NOT_USE_:
    case v1::ErrorReason_INT_MAX_SENTINEL_DO_NOT_USE_:
      return grpc::StatusCode::INTERNAL;
  }
  return grpc::StatusCode::INTERNAL;
}

v1::ErrorReason ReasonOrDefault(const absl::Status& status) {
  const v1::ErrorReason reason = ReasonOf(status);
  if (status.ok() || reason != v1::ERROR_REASON_UNSPECIFIED) return reason;
  return absl::IsUnavailable(status) ? v1::ERROR_REASON_LOG_UNAVAILABLE : v1::ERROR_REASON_INTERNAL;
}

grpc::Status ToGrpcStatus(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  const v1::ErrorReason reason = ReasonOrDefault(status);
  google::rpc::ErrorInfo info;
  info.set_reason(std::string(absl::StripPrefix(v1::ErrorReason_Name(reason), "ERROR_REASON_")));
  info.set_domain(kDomain);
  for (const auto& [key, value] : MetadataOf(status)) (*info.mutable_metadata())[key] = value;
  google::rpc::Status details;
  details.set_code(CodeOf(reason));
  details.set_message(std::string(status.message()));
  details.add_details()->PackFrom(info);
  const absl::optional<FieldViolation> violation = FieldViolationOf(status);
  if (violation.has_value()) {
    google::rpc::BadRequest bad_request;
    bad_request.add_field_violations()->set_field(violation->field);
    bad_request.mutable_field_violations(0)->set_description(violation->description);
    details.add_details()->PackFrom(bad_request);
  }
  return grpc::Status(CodeOf(reason), details.message(), details.SerializeAsString());
}

absl::Status WithCursors(absl::Status status, const LogInfo& info) {
  if (!absl::IsOutOfRange(status)) return status;
  status = WithMetadata(std::move(status), "oldest_cursor", Cursor{info.epoch, info.oldest}.Encode());
  return WithMetadata(std::move(status), "newest_cursor", Cursor{info.epoch, info.newest}.Encode());
}

}  // namespace ampstream
