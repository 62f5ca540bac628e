#include "server/log/id_generations.h"

#include <algorithm>

#include "server/log/coding.h"

namespace ampstream {
namespace {

constexpr int kGenerationsInRetention = 4;

}  // namespace

void IdGenerations::BeginIfDue(const GroupRecord& newest, absl::Time log_time, int64_t max_bytes,
                               absl::Duration max_age) {
  if (!generations_.empty()) {
    const Generation& last = generations_.back();
    const bool full = newest.bytes - last.bytes >= max_bytes / kGenerationsInRetention;
    const bool old = log_time - last.log_time >= max_age / kGenerationsInRetention;
    if (!full && !old) return;
  }
  const uint32_t number = generations_.empty() ? 0 : generations_.back().number + 1;
  generations_.push_back({number, newest.last, log_time, newest.bytes});
}

void IdGenerations::DropUpTo(Position removed) {
  auto kept = generations_.begin();
  while (generations_.end() - kept > 1 && (kept + 1)->before <= removed) ++kept;
  generations_.erase(generations_.begin(), kept);
}

std::string IdGenerations::Encode() const {
  std::string encoded;
  for (const Generation& generation : generations_) {
    PutFixed32(generation.number, &encoded);
    PutFixed64(generation.before.value(), &encoded);
    PutTime(generation.log_time, &encoded);
    PutFixed64(static_cast<uint64_t>(generation.bytes), &encoded);
  }
  return encoded;
}

bool IdGenerations::Decode(absl::string_view encoded) {
  generations_.clear();
  while (!encoded.empty()) {
    Generation generation;
    uint64_t before;
    uint64_t bytes;
    if (!TakeFixed32(&encoded, &generation.number) || !TakeFixed64(&encoded, &before) ||
        !TakeTime(&encoded, &generation.log_time) || !TakeFixed64(&encoded, &bytes)) {
      return false;
    }
    generation.before = Position(before);
    generation.bytes = static_cast<int64_t>(bytes);
    generations_.push_back(generation);
  }
  return true;
}

IdKey::IdKey(uint32_t generation, const EventId& id) {
  for (size_t i = 0; i < 4; ++i) bytes_[i] = static_cast<char>(generation >> (24 - 8 * i));
  std::copy(id.bytes().begin(), id.bytes().end(), bytes_.begin() + 4);
}

std::string IdKey::FirstOf(uint32_t generation) {
  std::string key;
  PutFixed32(generation, &key);
  return key;
}

}  // namespace ampstream
