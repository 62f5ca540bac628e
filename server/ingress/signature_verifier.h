#ifndef AMPSTREAM_SERVER_INGRESS_SIGNATURE_VERIFIER_H_
#define AMPSTREAM_SERVER_INGRESS_SIGNATURE_VERIFIER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "server/ingress/hmac.h"

namespace ampstream {

// Tells whether a delivery comes from one who knows a secret: `x-amplitude-signature` bears the HMAC-SHA256 of the
// body's bytes as received, in hex, perhaps after `sha256=`. Thread-safe.
class SignatureVerifier {
 public:
  static constexpr char kHeader[] = "x-amplitude-signature";

  // The live secrets: any of them may have signed. With none, nothing is verified.
  explicit SignatureVerifier(const std::vector<std::string>& secrets);

  // `values`: of all headers of that name. Several that differ are refused; the same repeated counts once. Takes the
  // same time whatever is wrong with a well-formed signature.
  bool Verify(absl::Span<const absl::string_view> values, absl::string_view body) const;

 private:
  std::vector<std::unique_ptr<const HmacKey>> keys_;
};

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_INGRESS_SIGNATURE_VERIFIER_H_
