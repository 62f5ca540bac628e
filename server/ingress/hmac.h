#ifndef AMPSTREAM_SERVER_INGRESS_HMAC_H_
#define AMPSTREAM_SERVER_INGRESS_HMAC_H_

#include <array>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"

namespace ampstream {

// HMAC-SHA256 (https://www.rfc-editor.org/rfc/rfc2104) under one secret. Thread-safe: each thread that signs keeps a
// context keyed with it, because making one costs more than signing a webhook.
class HmacKey {
 public:
  using Mac = std::array<unsigned char, 32>;

  explicit HmacKey(absl::string_view secret);
  ~HmacKey();  // Overwrites the secret.
  HmacKey(const HmacKey&) = delete;
  HmacKey& operator=(const HmacKey&) = delete;

  // Of the parts one after the other. Nothing: OpenSSL could not do it (it is out of memory). Then nothing is verified.
  absl::optional<Mac> Sign(absl::Span<const absl::string_view> parts) const;
  absl::optional<Mac> Sign(absl::string_view message) const { return Sign(absl::MakeConstSpan(&message, 1)); }

  // In constant time.
  static bool Equal(const Mac& a, const Mac& b);

 private:
  std::string secret_;
  const uint64_t number_;  // Of all keys of the process, so that a thread's contexts are never taken for another key's.
};

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_INGRESS_HMAC_H_
