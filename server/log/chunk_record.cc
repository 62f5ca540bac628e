#include "server/log/chunk_record.h"

#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "server/log/chunk_builder.h"
#include "server/log/coding.h"

namespace ampstream {
namespace {

constexpr uint32_t kTagSize = 1;

// The size of a frame whose element, frame included, has this size: the length in it is a varint.
constexpr uint32_t HeaderSize(uint32_t size) {
  uint32_t header = kTagSize + 1;
  while (size >= header && (uint64_t{size} - header) >> (7 * (header - kTagSize)) != 0) ++header;
  return header;
}

// Takes the entry that follows on the last one of the chunk. False: there is none.
bool TakeEntry(absl::string_view* record, Chunk* chunk) {
  const Position before = chunk->entries.empty() ? chunk->previous : chunk->entries.back().position;
  const uint32_t offset = chunk->entries.empty() ? 0 : chunk->entries.back().offset + chunk->entries.back().size;
  uint64_t step;
  uint64_t size;
  if (!TakeVarint(record, &step) || !TakeVarint(record, &size)) return false;
  const bool rises = step > 0 && before < chunk->last && step <= chunk->last.value() - before.value();
  const bool fits = size > Cursor::kEncodedSize && size <= record->size() && offset <= record->size() - size;
  if (!rises || !fits) return false;
  const auto element = static_cast<uint32_t>(size);
  chunk->entries.push_back({Position(before.value() + step), offset, element, HeaderSize(element)});
  return true;
}

bool TakeHeader(absl::string_view* record, Chunk* chunk, Epoch* epoch) {
  uint64_t previous;
  uint64_t epoch_value;
  uint64_t count;
  if (!TakeFixed64(record, &previous) || !TakeTime(record, &chunk->log_time) || !TakeFixed64(record, &epoch_value) ||
      !TakeVarint(record, &count) || count > record->size()) {
    return false;
  }
  chunk->previous = Position(previous);
  *epoch = Epoch(epoch_value);
  chunk->entries.reserve(count);
  for (uint64_t i = 0; i < count; ++i) {
    if (!TakeEntry(record, chunk)) return false;
  }
  return true;
}

bool FitsItsBytes(const Chunk& chunk, size_t bytes) {
  if (chunk.previous >= chunk.last) return false;
  if (chunk.entries.empty()) return bytes == 0;
  const Entry& entry = chunk.entries.back();
  return size_t{entry.offset} + entry.size == bytes && entry.position <= chunk.last;
}

}  // namespace

std::string EncodeChunkHeader(const Chunk& chunk, Epoch epoch) {
  std::string header;
  PutFixed64(chunk.previous.value(), &header);
  PutTime(chunk.log_time, &header);
  PutFixed64(epoch.value(), &header);
  PutVarint(chunk.entries.size(), &header);
  Position before = chunk.previous;
  for (const Entry& entry : chunk.entries) {
    PutVarint(entry.position.value() - before.value(), &header);
    PutVarint(entry.size, &header);
    before = entry.position;
  }
  return header;
}

absl::StatusOr<SharedChunk> DecodeChunk(absl::string_view record, Position last, Epoch epoch) {
  auto chunk = std::make_shared<Chunk>();
  chunk->last = last;
  Epoch written_under;
  if (!TakeHeader(&record, chunk.get(), &written_under) || !FitsItsBytes(*chunk, record.size()))
    return absl::DataLossError(absl::StrCat("the chunk at position ", last.value(), " is damaged"));
  chunk->bytes.assign(record.data(), record.size());
  if (written_under != epoch) SetCursors(epoch, chunk.get());
  return SharedChunk(std::move(chunk));
}

}  // namespace ampstream
