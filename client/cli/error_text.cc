#include "client/cli/error_text.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "client/cli/printable.h"

namespace ampstream {
namespace {

// Empty where the metadata do not name the cursor.
std::string StartAt(const CallError& error, const std::string& key, absl::string_view note) {
  const auto cursor = error.metadata.find(key);
  return cursor == error.metadata.end() ? "" : absl::StrCat("start with --from ", Printable(cursor->second), note);
}

std::string AdviceOnReason(const CallError& error) {
  switch (error.reason) {
    case v1::ERROR_REASON_CURSOR_EXPIRED:
      return StartAt(error, "oldest_cursor", ", and take note that events are missing");
    case v1::ERROR_REASON_CURSOR_OF_ANOTHER_LOG:
      return StartAt(error, "oldest_cursor", "");
    case v1::ERROR_REASON_CURSOR_FROM_THE_FUTURE:
      return StartAt(error, "newest_cursor", "");
    case v1::ERROR_REASON_TOO_MANY_STREAMS:
    case v1::ERROR_REASON_DRAINING:
    case v1::ERROR_REASON_LOG_UNAVAILABLE:
      return "try again later";
    case v1::ERROR_REASON_INTERNAL:
      return "the server's own log says more";
    default:
      return "";
  }
}

std::string Advice(const CallError& error, absl::string_view address) {
  if (error.from_ampstream) return AdviceOnReason(error);
  if (error.code == absl::StatusCode::kUnavailable || error.code == absl::StatusCode::kDeadlineExceeded) {
    return absl::StrCat("is ampstreamd serving gRPC at ", address, "? (--grpc-address)");
  }
  return "";
}

}  // namespace

std::string ErrorText(const CallError& error, absl::string_view address) {
  std::string text = absl::StatusCodeToString(error.code);
  if (!error.reason_name.empty()) absl::StrAppend(&text, " ", Printable(error.reason_name));
  absl::StrAppend(&text, ": ", Printable(error.message));
  if (!error.metadata.empty()) {
    absl::StrAppend(&text, " (", Printable(absl::StrJoin(error.metadata, ", ", absl::PairFormatter("="))), ")");
  }
  const std::string advice = Advice(error, address);
  if (!advice.empty()) absl::StrAppend(&text, "; ", advice);
  return text;
}

std::string ReasonName(v1::ErrorReason reason) {
  return std::string(absl::StripPrefix(v1::ErrorReason_Name(reason), "ERROR_REASON_"));
}

}  // namespace ampstream
