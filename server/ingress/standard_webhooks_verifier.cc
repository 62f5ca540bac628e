#include "server/ingress/standard_webhooks_verifier.h"

#include <cstdint>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace ampstream {
namespace {

// Of the one version there is that uses HMAC.
std::vector<HmacKey::Mac> Signatures(absl::string_view text) {
  std::vector<HmacKey::Mac> macs;
  for (absl::string_view one : absl::StrSplit(text, ' ')) {
    if (!absl::ConsumePrefix(&one, "v1,")) continue;
    if (const absl::optional<HmacKey::Mac> mac = MacOfBase64(one)) macs.push_back(*mac);
  }
  return macs;
}

}  // namespace

absl::StatusOr<std::unique_ptr<StandardWebhooksVerifier>> StandardWebhooksVerifier::Make(
    const std::vector<std::string>& secrets, absl::Duration tolerance) {
  std::vector<std::string> keys;
  for (const std::string& secret : secrets) {
    keys.emplace_back();
    if (!absl::Base64Unescape(absl::StripPrefix(secret, "whsec_"), &keys.back()) || keys.back().empty())
      return absl::InvalidArgumentError(
          absl::StrCat("its secret ", keys.size(), " is not base64, perhaps behind whsec_"));
  }
  return std::unique_ptr<StandardWebhooksVerifier>(new StandardWebhooksVerifier(keys, tolerance));
}

absl::Status StandardWebhooksVerifier::Verify(const HttpHead& head, absl::string_view body,
                                              absl::Time receive_time) const {
  const absl::optional<absl::string_view> id = OneValue(head.Values("webhook-id"));
  const absl::optional<absl::string_view> timestamp = OneValue(head.Values("webhook-timestamp"));
  const absl::optional<absl::string_view> signature = OneValue(head.Values("webhook-signature"));
  int64_t seconds = 0;
  if (!id.has_value() || !timestamp.has_value() || !signature.has_value() || !absl::SimpleAtoi(*timestamp, &seconds))
    return BadSignature();
  if (!keys_.HaveSigned({*id, ".", *timestamp, ".", body}, Signatures(*signature))) return BadSignature();
  if (absl::AbsDuration(receive_time - absl::FromUnixSeconds(seconds)) <= tolerance_) return absl::OkStatus();
  return absl::UnauthenticatedError(
      absl::StrCat("the webhook-timestamp is more than ", absl::FormatDuration(tolerance_), " from the server's time"));
}

}  // namespace ampstream
