#include "server/ingress/live_keys.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"

namespace ampstream {
namespace {

absl::optional<HmacKey::Mac> MacOfBytes(absl::string_view bytes) {
  HmacKey::Mac mac;
  if (bytes.size() != mac.size()) return absl::nullopt;
  std::copy(bytes.begin(), bytes.end(), mac.begin());
  return mac;
}

}  // namespace

LiveKeys::LiveKeys(const std::vector<std::string>& secrets) {
  for (const std::string& secret : secrets) keys_.push_back(std::make_unique<HmacKey>(secret));
}

bool LiveKeys::HaveSigned(absl::Span<const absl::string_view> parts, absl::Span<const HmacKey::Mac> claimed) const {
  bool verified = false;
  for (const std::unique_ptr<const HmacKey>& key : keys_) {
    const absl::optional<HmacKey::Mac> mac = key->Sign(parts);
    for (const HmacKey::Mac& one : claimed) {
      if (mac.has_value() && HmacKey::Equal(*mac, one)) verified = true;
    }
  }
  return verified;
}

absl::optional<HmacKey::Mac> MacOfHex(absl::string_view text) {
  if (text.size() != 2 * sizeof(HmacKey::Mac) || !std::all_of(text.begin(), text.end(), absl::ascii_isxdigit))
    return absl::nullopt;
  return MacOfBytes(absl::HexStringToBytes(text));
}

absl::optional<HmacKey::Mac> MacOfBase64(absl::string_view text) {
  // Blanks, which absl would pass over, are in no signature.
  if (std::any_of(text.begin(), text.end(), absl::ascii_isspace)) return absl::nullopt;
  std::string bytes;
  if (!absl::Base64Unescape(text, &bytes) && !absl::WebSafeBase64Unescape(text, &bytes)) return absl::nullopt;
  return MacOfBytes(bytes);
}

absl::optional<absl::string_view> OneValue(absl::Span<const absl::string_view> values) {
  if (values.empty() || std::count(values.begin(), values.end(), values[0]) != static_cast<int64_t>(values.size()))
    return absl::nullopt;
  return values[0];
}

absl::Status BadSignature() { return absl::UnauthenticatedError("the signature is missing or wrong"); }

}  // namespace ampstream
