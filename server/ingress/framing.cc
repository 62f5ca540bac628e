#include "server/ingress/framing.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace ampstream {
namespace {

// The one Content-Length of digits only; one beyond 64 bits is as large as a number can be.
absl::optional<uint64_t> ContentLength(const std::vector<absl::string_view>& values) {
  if (values.size() != 1 || values[0].empty() ||
      !std::all_of(values[0].begin(), values[0].end(), absl::ascii_isdigit)) {
    return absl::nullopt;
  }
  uint64_t length = 0;
  return absl::SimpleAtoi(values[0], &length) ? length : std::numeric_limits<uint64_t>::max();
}

bool IsIdentity(absl::string_view encoding) { return encoding.empty() || absl::EqualsIgnoreCase(encoding, "identity"); }

absl::optional<HttpAnswer> LengthRefusal(const std::vector<absl::string_view>& lengths, size_t max_body_bytes) {
  if (lengths.empty()) return ErrorAnswer(HttpError::kLengthRequired, "a Content-Length is required");
  const absl::optional<uint64_t> length = ContentLength(lengths);
  if (!length.has_value()) return ErrorAnswer(HttpError::kMalformedRequest, "Content-Length must be one number");
  if (*length > max_body_bytes) {
    return ErrorAnswer(HttpError::kBodyTooLarge, absl::StrCat("the body's ", *length, " bytes are more than the ",
                                                              max_body_bytes, " that are allowed"));
  }
  return absl::nullopt;
}

}  // namespace

absl::optional<HttpAnswer> FramingRefusal(const HttpHead& head, size_t max_body_bytes) {
  const std::vector<absl::string_view> lengths = head.Values("Content-Length");
  if (!head.Values("Transfer-Encoding").empty()) {
    if (!lengths.empty()) {
      return ErrorAnswer(HttpError::kMalformedRequest, "Content-Length and Transfer-Encoding together");
    }
    return ErrorAnswer(HttpError::kTransferEncodingUnsupported, "send the body with a Content-Length");
  }
  const std::vector<absl::string_view> encodings = head.Values("Content-Encoding");
  if (!std::all_of(encodings.begin(), encodings.end(), IsIdentity)) {
    return ErrorAnswer(HttpError::kUnsupportedMediaType, "send the body without a Content-Encoding");
  }
  return LengthRefusal(lengths, max_body_bytes);
}

size_t BodySize(const HttpHead& head) {
  return static_cast<size_t>(ContentLength(head.Values("Content-Length")).value_or(0));
}

}  // namespace ampstream
