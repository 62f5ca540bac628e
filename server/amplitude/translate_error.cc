#include "server/amplitude/translate_error.h"

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"

namespace ampstream {
namespace {

// Under which a Status keeps the path.
constexpr char kFieldUrl[] = "ampstream/field";

}  // namespace

absl::Status NotJson(size_t offset, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("not JSON, at byte ", offset, ": ", why));
}

absl::Status DoesNotFit(absl::string_view path, absl::string_view why) {
  absl::Status status = absl::FailedPreconditionError(path.empty() ? std::string(why) : absl::StrCat(path, ": ", why));
  status.SetPayload(kFieldUrl, absl::Cord(path));
  return status;
}

absl::Status TooManyValues(absl::string_view path, int64_t values, int64_t most) {
  return DoesNotFit(path,
                    absl::StrCat("the event has ", values, " JSON values, more than the ", most, " that are allowed"));
}

std::string FieldOf(const absl::Status& status) {
  const absl::optional<absl::Cord> path = status.GetPayload(kFieldUrl);
  return path.has_value() ? std::string(*path) : std::string();
}

}  // namespace ampstream
