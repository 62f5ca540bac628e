#include "server/ingress/static_token_verifier.h"

#include <utility>

#include "absl/types/optional.h"
#include "server/ingress/live_keys.h"

namespace ampstream {
namespace {

// Of equal size whatever the text's, so that comparing two tells nothing of where they differ.
absl::optional<HmacKey::Mac> DigestOf(absl::string_view text) {
  static const HmacKey* const key = new HmacKey("static token");
  return key->Sign({text});
}

}  // namespace

StaticTokenVerifier::StaticTokenVerifier(std::string header, const std::vector<std::string>& tokens)
    : header_(std::move(header)) {
  for (const std::string& token : tokens) {
    if (const absl::optional<HmacKey::Mac> digest = DigestOf(token)) tokens_.push_back(*digest);
  }
}

absl::Status StaticTokenVerifier::Verify(const HttpHead& head, absl::string_view /*body*/,
                                         absl::Time /*receive_time*/) const {
  bool verified = false;
  if (const absl::optional<absl::string_view> value = OneValue(head.Values(header_))) {
    const absl::optional<HmacKey::Mac> digest = DigestOf(*value);
    for (const HmacKey::Mac& token : tokens_) {
      if (digest.has_value() && HmacKey::Equal(*digest, token)) verified = true;
    }
  }
  return verified ? absl::OkStatus() : absl::UnauthenticatedError("the token is missing or wrong");
}

}  // namespace ampstream
