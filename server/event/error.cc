#include "server/event/error.h"

#include "absl/strings/cord.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/types/optional.h"

namespace ampstream {
namespace {

constexpr absl::string_view kReasonUrl = "ampstream/reason";
constexpr absl::string_view kMetadataPrefix = "ampstream/metadata/";
constexpr absl::string_view kViolationPrefix = "ampstream/violation/";

}  // namespace

absl::Status MakeError(absl::StatusCode code, v1::ErrorReason reason, absl::string_view message) {
  absl::Status status(code, message);
  status.SetPayload(kReasonUrl, absl::Cord(absl::StrCat(static_cast<int>(reason))));
  return status;
}

absl::Status WithMetadata(absl::Status status, absl::string_view key, absl::string_view value) {
  status.SetPayload(absl::StrCat(kMetadataPrefix, key), absl::Cord(value));
  return status;
}

absl::Status WithFieldViolation(absl::Status status, absl::string_view field, absl::string_view description) {
  status.SetPayload(absl::StrCat(kViolationPrefix, field), absl::Cord(description));
  return status;
}

absl::optional<FieldViolation> FieldViolationOf(const absl::Status& status) {
  absl::optional<FieldViolation> violation;
  status.ForEachPayload([&](absl::string_view url, const absl::Cord& value) {
    if (absl::ConsumePrefix(&url, kViolationPrefix)) violation = FieldViolation{std::string(url), std::string(value)};
  });
  return violation;
}

v1::ErrorReason ReasonOf(const absl::Status& status) {
  const absl::optional<absl::Cord> payload = status.GetPayload(kReasonUrl);
  int value = 0;
  if (!payload.has_value() || !absl::SimpleAtoi(std::string(*payload), &value) || !v1::ErrorReason_IsValid(value)) {
    return v1::ERROR_REASON_UNSPECIFIED;
  }
  return static_cast<v1::ErrorReason>(value);
}

ErrorMetadata MetadataOf(const absl::Status& status) {
  ErrorMetadata metadata;
  status.ForEachPayload([&](absl::string_view url, const absl::Cord& value) {
    if (absl::ConsumePrefix(&url, kMetadataPrefix)) metadata.emplace_back(std::string(url), std::string(value));
  });
  return metadata;
}

}  // namespace ampstream
