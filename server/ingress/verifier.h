#ifndef AMPSTREAM_SERVER_INGRESS_VERIFIER_H_
#define AMPSTREAM_SERVER_INGRESS_VERIFIER_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/ingress/http_head.h"

namespace ampstream {

// Tells whether a delivery comes from one who knows a secret of its source: one class for each scheme. Several secrets
// may be live; with none, nothing is verified. Takes the same time whatever is wrong with what is well formed.
// Thread-safe.
class Verifier {
 public:
  virtual ~Verifier() = default;

  // UNAUTHENTICATED: it does not; the text is for the sender. A header that the scheme needs once may be repeated if it
  // says the same each time.
  virtual absl::Status Verify(const HttpHead& head, absl::string_view body, absl::Time receive_time) const = 0;
};

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_INGRESS_VERIFIER_H_
