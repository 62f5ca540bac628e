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

// Making a context, and looking the algorithm up, costs more than hashing an event: both once a thread.
EVP_MD_CTX* StartedSha256() {
  thread_local const std::unique_ptr<EVP_MD_CTX, ContextDeleter> context(EVP_MD_CTX_new());
  thread_local const bool first = EVP_DigestInit_ex2(context.get(), EVP_sha256(), nullptr) == 1;
  if (first) EVP_DigestInit_ex2(context.get(), nullptr, nullptr);
  return context.get();
}

}  // namespace

EventId EventId::Of(std::initializer_list<absl::string_view> parts) {
  EVP_MD_CTX* const context = StartedSha256();
  for (absl::string_view part : parts) {
    const uint64_t size = part.size();
    EVP_DigestUpdate(context, &size, sizeof(size));
    EVP_DigestUpdate(context, part.data(), part.size());
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  EVP_DigestFinal_ex(context, digest.data(), nullptr);
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
