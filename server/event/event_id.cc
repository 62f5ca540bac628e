#include "server/event/event_id.h"

#include <openssl/evp.h>

#include <cstring>
#include <memory>

#include "absl/random/random.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"

namespace ampstream {
namespace {

struct ContextDeleter {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

// Making a context, and looking the algorithm up, costs more than hashing an event: both once a thread. Null: OpenSSL
// could not do it.
EVP_MD_CTX* StartedSha256() {
  thread_local const std::unique_ptr<EVP_MD_CTX, ContextDeleter> context(EVP_MD_CTX_new());
  thread_local const bool has_algorithm =
      context != nullptr && EVP_DigestInit_ex2(context.get(), EVP_sha256(), nullptr) == 1;
  if (!has_algorithm || EVP_DigestInit_ex2(context.get(), nullptr, nullptr) != 1) return nullptr;
  return context.get();
}

bool Add(EVP_MD_CTX* context, const void* bytes, size_t size) { return EVP_DigestUpdate(context, bytes, size) == 1; }

bool Digest(std::initializer_list<absl::string_view> parts, unsigned char* digest) {
  EVP_MD_CTX* const context = StartedSha256();
  if (context == nullptr) return false;
  for (absl::string_view part : parts) {
    const uint64_t size = part.size();
    if (!Add(context, &size, sizeof(size)) || !Add(context, part.data(), part.size())) return false;
  }
  return EVP_DigestFinal_ex(context, digest, nullptr) == 1;
}

}  // namespace

EventId EventId::Of(std::initializer_list<absl::string_view> parts) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  // An event that cannot be recognised may stand twice; one with another's id would be lost.
  if (!Digest(parts, digest.data())) return Random();
  EventId id;
  std::memcpy(id.bytes_.data(), digest.data(), sizeof(id.bytes_));
  return id;
}

EventId EventId::Random() {
  thread_local absl::BitGen bits;
  EventId id;
  for (uint64_t& word : id.bytes_) word = absl::Uniform<uint64_t>(bits);
  return id;
}

EventId EventId::FromBytes(absl::string_view bytes) {
  EventId id;
  std::memcpy(id.bytes_.data(), bytes.data(), kSize);
  return id;
}

absl::optional<EventId> EventId::Parse(absl::string_view text) {
  EventId id;
  if (text.size() != 2 * sizeof(id.bytes_)) return absl::nullopt;
  for (char c : text) {
    if (!absl::ascii_isdigit(c) && (c < 'a' || c > 'f')) return absl::nullopt;
  }
  const std::string bytes = absl::HexStringToBytes(text);
  std::memcpy(id.bytes_.data(), bytes.data(), sizeof(id.bytes_));
  return id;
}

std::string EventId::ToString() const {
  return absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(bytes_.data()), sizeof(bytes_)));
}

}  // namespace ampstream
