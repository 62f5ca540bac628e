#include "server/ingress/knock_verifier.h"

#include <cstdint>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace ampstream {

absl::Status KnockVerifier::Verify(const HttpHead& head, absl::string_view body, absl::Time /*receive_time*/) const {
  const absl::optional<absl::string_view> value = OneValue(head.Values("x-knock-signature"));
  if (!value.has_value()) return BadSignature();
  std::pair<absl::string_view, absl::string_view> parts = absl::StrSplit(*value, absl::MaxSplits(',', 1));
  int64_t time = 0;
  if (!absl::ConsumePrefix(&parts.first, "t=") || !absl::SimpleAtoi(parts.first, &time)) return BadSignature();
  if (!absl::ConsumePrefix(&parts.second, "s=")) return BadSignature();
  const absl::optional<HmacKey::Mac> claimed = MacOfBase64(parts.second);
  // The time as it came: it is what was signed.
  const bool verified = claimed.has_value() && keys_.HaveSigned({parts.first, ".", body}, {*claimed});
  return verified ? absl::OkStatus() : BadSignature();
}

}  // namespace ampstream
