#ifndef AMPSTREAM_SERVER_INGRESS_HMAC_VERIFIER_H_
#define AMPSTREAM_SERVER_INGRESS_HMAC_VERIFIER_H_

#include <string>
#include <vector>

#include "absl/types/optional.h"
#include "server/ingress/live_keys.h"
#include "server/ingress/verifier.h"

namespace ampstream {

// A header bears the HMAC-SHA256 of the body's bytes as received, as relays sign.
class HmacVerifier final : public Verifier {
 public:
  enum class Encoding { kHex, kBase64 };
  struct Options {
    std::vector<std::string> secrets;
    std::string header = "x-amplitude-signature";
    Encoding encoding = Encoding::kHex;
    std::string prefix = "sha256=";  // May stand before the signature.
  };

  explicit HmacVerifier(const Options& options);

  absl::Status Verify(const HttpHead& head, absl::string_view body, absl::Time receive_time) const override;

 private:
  absl::optional<HmacKey::Mac> ParseSignature(absl::string_view text) const;
  absl::optional<HmacKey::Mac> OneSignature(absl::Span<const absl::string_view> values) const;

  const LiveKeys keys_;
  const std::string header_;
  const Encoding encoding_;
  const std::string prefix_;
};

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_INGRESS_HMAC_VERIFIER_H_
