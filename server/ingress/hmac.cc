#include "server/ingress/hmac.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <algorithm>
#include <atomic>
#include <memory>

#include "absl/container/flat_hash_map.h"

namespace ampstream {
namespace {

// Beyond it a thread forgets its contexts: keys that are gone leave theirs behind.
constexpr size_t kMostContexts = 64;

struct ContextDeleter {
  void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_MAC_CTX, ContextDeleter>;

// Null: OpenSSL could not make it.
Context NewContext(const std::string& secret) {
  EVP_MAC* const algorithm = EVP_MAC_fetch(nullptr, OSSL_MAC_NAME_HMAC, nullptr);
  if (algorithm == nullptr) return nullptr;
  Context context(EVP_MAC_CTX_new(algorithm));
  EVP_MAC_free(algorithm);  // The context holds it.
  char digest[] = "SHA256";
  const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                               OSSL_PARAM_construct_end()};
  // OpenSSL takes no key at all for a null pointer; an empty key is one.
  const char* const key = secret.empty() ? "" : secret.data();
  if (context == nullptr ||
      EVP_MAC_init(context.get(), reinterpret_cast<const unsigned char*>(key), secret.size(), params) != 1) {
    return nullptr;
  }
  return context;
}

uint64_t NextNumber() {
  static std::atomic<uint64_t> next{0};
  return next.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace

HmacKey::HmacKey(absl::string_view secret) : secret_(secret), number_(NextNumber()) {}

HmacKey::~HmacKey() { OPENSSL_cleanse(&secret_[0], secret_.size()); }

absl::optional<HmacKey::Mac> HmacKey::Sign(absl::Span<const absl::string_view> parts) const {
  thread_local absl::flat_hash_map<uint64_t, Context> contexts;
  if (contexts.size() > kMostContexts) contexts.clear();
  Context& context = contexts[number_];
  if (context == nullptr) {
    context = NewContext(secret_);
    if (context == nullptr) return absl::nullopt;
  } else if (EVP_MAC_init(context.get(), nullptr, 0, nullptr) != 1) {  // The same key again.
    return absl::nullopt;
  }
  Mac mac;
  size_t size = 0;
  const bool took_all = std::all_of(parts.begin(), parts.end(), [&context](absl::string_view part) {
    return EVP_MAC_update(context.get(), reinterpret_cast<const unsigned char*>(part.data()), part.size()) == 1;
  });
  const bool signed_whole =
      took_all && EVP_MAC_final(context.get(), mac.data(), &size, mac.size()) == 1 && size == mac.size();
  if (!signed_whole) return absl::nullopt;
  return mac;
}

bool HmacKey::Equal(const Mac& a, const Mac& b) { return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0; }

}  // namespace ampstream
