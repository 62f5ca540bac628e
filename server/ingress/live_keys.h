#ifndef AMPSTREAM_SERVER_INGRESS_LIVE_KEYS_H_
#define AMPSTREAM_SERVER_INGRESS_LIVE_KEYS_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "server/ingress/hmac.h"

// What the schemes that sign have in common.
namespace ampstream {

// The live secrets of a source. Thread-safe.
class LiveKeys {
 public:
  explicit LiveKeys(const std::vector<std::string>& secrets);

  // Whether one of `claimed` is what one of the secrets makes of the parts, one after the other. Looks at all of them.
  bool HaveSigned(absl::Span<const absl::string_view> parts, absl::Span<const HmacKey::Mac> claimed) const;

 private:
  std::vector<std::unique_ptr<const HmacKey>> keys_;
};

// A signature that is written as hexadecimal digits of either case, or as base64 of either alphabet. Nothing: it is
// not.
absl::optional<HmacKey::Mac> MacOfHex(absl::string_view text);
absl::optional<HmacKey::Mac> MacOfBase64(absl::string_view text);

// The one value that all say; nothing where there is none, or they differ.
absl::optional<absl::string_view> OneValue(absl::Span<const absl::string_view> values);

// What is told of every signature that does not verify.
absl::Status BadSignature();

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_INGRESS_LIVE_KEYS_H_
