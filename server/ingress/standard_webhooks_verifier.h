#ifndef AMPSTREAM_SERVER_INGRESS_STANDARD_WEBHOOKS_VERIFIER_H_
#define AMPSTREAM_SERVER_INGRESS_STANDARD_WEBHOOKS_VERIFIER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/ingress/live_keys.h"
#include "server/ingress/verifier.h"

namespace ampstream {

// The headers `webhook-id`, `webhook-timestamp` (seconds) and `webhook-signature` (`v1,BASE64`, several with blanks
// between them, other versions passed over): the HMAC-SHA256 of `ID.TIMESTAMP.` and the body. Source:
// https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
class StandardWebhooksVerifier final : public Verifier {
 public:
  // `secrets`: base64, perhaps behind `whsec_`. A timestamp may be `tolerance` from the receive time, before or after.
  // INVALID_ARGUMENT: a secret is not base64.
  static absl::StatusOr<std::unique_ptr<StandardWebhooksVerifier>> Make(const std::vector<std::string>& secrets,
                                                                        absl::Duration tolerance);

  absl::Status Verify(const HttpHead& head, absl::string_view body, absl::Time receive_time) const override;

 private:
  StandardWebhooksVerifier(const std::vector<std::string>& keys, absl::Duration tolerance)
      : keys_(keys), tolerance_(tolerance) {}

  const LiveKeys keys_;
  const absl::Duration tolerance_;
};

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_INGRESS_STANDARD_WEBHOOKS_VERIFIER_H_
