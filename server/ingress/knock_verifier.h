#ifndef AMPSTREAM_SERVER_INGRESS_KNOCK_VERIFIER_H_
#define AMPSTREAM_SERVER_INGRESS_KNOCK_VERIFIER_H_

#include <string>
#include <vector>

#include "server/ingress/live_keys.h"
#include "server/ingress/verifier.h"

namespace ampstream {

// Amplitude Experiment's alerts: `x-knock-signature: t=MILLISECONDS,s=BASE64`, the HMAC-SHA256 of `MILLISECONDS.` and
// the body (https://docs.knock.app/developer-tools/outbound-webhooks/overview). The time is not held against the clock:
// a retry may bear an old one.
class KnockVerifier final : public Verifier {
 public:
  explicit KnockVerifier(const std::vector<std::string>& secrets) : keys_(secrets) {}

  absl::Status Verify(const HttpHead& head, absl::string_view body, absl::Time receive_time) const override;

 private:
  const LiveKeys keys_;
};

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_INGRESS_KNOCK_VERIFIER_H_
