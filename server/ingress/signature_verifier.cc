#include "server/ingress/signature_verifier.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/strip.h"
#include "absl/types/optional.h"

namespace ampstream {
namespace {

absl::optional<HmacKey::Mac> ParseSignature(absl::string_view text) {
  absl::ConsumePrefix(&text, "sha256=");
  HmacKey::Mac mac;
  if (text.size() != 2 * mac.size() || !std::all_of(text.begin(), text.end(), absl::ascii_isxdigit))
    return absl::nullopt;
  const std::string bytes = absl::HexStringToBytes(text);
  std::copy(bytes.begin(), bytes.end(), mac.begin());
  return mac;
}

// The one signature that all values say; nothing where there is none, one is malformed, or they differ.
absl::optional<HmacKey::Mac> OneSignature(absl::Span<const absl::string_view> values) {
  absl::optional<HmacKey::Mac> one;
  for (absl::string_view value : values) {
    const absl::optional<HmacKey::Mac> mac = ParseSignature(value);
    if (!mac.has_value() || (one.has_value() && *one != *mac)) return absl::nullopt;
    one = mac;
  }
  return one;
}

}  // namespace

SignatureVerifier::SignatureVerifier(const std::vector<std::string>& secrets) {
  for (const std::string& secret : secrets) keys_.push_back(std::make_unique<HmacKey>(secret));
}

bool SignatureVerifier::Verify(absl::Span<const absl::string_view> values, absl::string_view body) const {
  const absl::optional<HmacKey::Mac> claimed = OneSignature(values);
  if (!claimed.has_value()) return false;
  bool verified = false;
  for (const std::unique_ptr<const HmacKey>& key : keys_) {
    const absl::optional<HmacKey::Mac> mac = key->Sign(body);
    if (mac.has_value() && HmacKey::Equal(*mac, *claimed)) verified = true;
  }
  return verified;
}

}  // namespace ampstream
