#include "server/ingress/hmac_verifier.h"

#include "absl/strings/strip.h"

namespace ampstream {

HmacVerifier::HmacVerifier(const Options& options)
    : keys_(options.secrets), header_(options.header), encoding_(options.encoding), prefix_(options.prefix) {}

absl::Status HmacVerifier::Verify(const HttpHead& head, absl::string_view body, absl::Time /*receive_time*/) const {
  const absl::optional<HmacKey::Mac> claimed = OneSignature(head.Values(header_));
  return claimed.has_value() && keys_.HaveSigned({body}, {*claimed}) ? absl::OkStatus() : BadSignature();
}

absl::optional<HmacKey::Mac> HmacVerifier::ParseSignature(absl::string_view text) const {
  absl::ConsumePrefix(&text, prefix_);
  return encoding_ == Encoding::kHex ? MacOfHex(text) : MacOfBase64(text);
}

// The one signature that all values say; nothing where there is none, one is malformed, or they differ.
absl::optional<HmacKey::Mac> HmacVerifier::OneSignature(absl::Span<const absl::string_view> values) const {
  absl::optional<HmacKey::Mac> one;
  for (absl::string_view value : values) {
    const absl::optional<HmacKey::Mac> mac = ParseSignature(value);
    if (!mac.has_value() || (one.has_value() && *one != *mac)) return absl::nullopt;
    one = mac;
  }
  return one;
}

}  // namespace ampstream
