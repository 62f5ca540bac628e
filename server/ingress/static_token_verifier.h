#ifndef AMPSTREAM_SERVER_INGRESS_STATIC_TOKEN_VERIFIER_H_
#define AMPSTREAM_SERVER_INGRESS_STATIC_TOKEN_VERIFIER_H_

#include <string>
#include <vector>

#include "server/ingress/hmac.h"
#include "server/ingress/verifier.h"

namespace ampstream {

// A header equals one of the tokens: what Amplitude's own webhooks can send, up to five fixed headers
// (https://amplitude.com/docs/data/destination-catalog/webhooks). Says nothing of the body: whoever has seen one
// delivery can make others.
class StaticTokenVerifier final : public Verifier {
 public:
  StaticTokenVerifier(std::string header, const std::vector<std::string>& tokens);

  absl::Status Verify(const HttpHead& head, absl::string_view body, absl::Time receive_time) const override;

 private:
  const std::string header_;
  std::vector<HmacKey::Mac> tokens_;
};

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_INGRESS_STATIC_TOKEN_VERIFIER_H_
