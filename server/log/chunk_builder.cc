#include "server/log/chunk_builder.h"

#include <string>
#include <utility>

#include "ampstream/v1/event.pb.h"
#include "ampstream/v1/event_service.pb.h"
#include "server/log/coding.h"

namespace ampstream {
namespace {

constexpr uint64_t kLengthDelimited = 2;

constexpr char Tag(int field_number) { return static_cast<char>(field_number << 3 | kLengthDelimited); }

constexpr char kEventsTag = Tag(v1::SubscribeResponse::kEventsFieldNumber);
constexpr char kCursorTag = Tag(v1::Event::kCursorFieldNumber);
constexpr size_t kCursorFieldSize = 2 + Cursor::kEncodedSize;
constexpr size_t kMaxFrameSize = 1 + 5;  // A tag, and a length below 4 GiB.

}  // namespace

ChunkBuilder::ChunkBuilder(Epoch epoch, Position previous) : epoch_(epoch) { chunk_.previous = previous; }

void ChunkBuilder::Reserve(size_t events, size_t bytes) {
  chunk_.entries.reserve(events);
  chunk_.bytes.reserve(bytes + events * (kMaxFrameSize + kCursorFieldSize));
}

void ChunkBuilder::Add(Position position, absl::string_view encoded_event) {
  std::string& bytes = chunk_.bytes;
  const size_t offset = bytes.size();
  bytes.push_back(kEventsTag);
  PutVarint(encoded_event.size() + kCursorFieldSize, &bytes);
  const size_t header_size = bytes.size() - offset;
  bytes.append(encoded_event.data(), encoded_event.size());
  bytes.push_back(kCursorTag);
  bytes.push_back(static_cast<char>(Cursor::kEncodedSize));
  const size_t cursor_offset = bytes.size();
  bytes.resize(cursor_offset + Cursor::kEncodedSize);
  Cursor{epoch_, position}.EncodeTo(&bytes[cursor_offset]);
  chunk_.entries.push_back({position, static_cast<uint32_t>(offset), static_cast<uint32_t>(bytes.size() - offset),
                            static_cast<uint32_t>(header_size)});
}

SharedChunk ChunkBuilder::Build(Position last, absl::Time log_time) && {
  chunk_.last = last;
  chunk_.log_time = log_time;
  // It will be kept for long; but a copy of it for little is not worth it.
  if (chunk_.bytes.capacity() > chunk_.bytes.size() + chunk_.bytes.size() / 8) chunk_.bytes.shrink_to_fit();
  return std::make_shared<const Chunk>(std::move(chunk_));
}

void SetCursors(Epoch epoch, Chunk* chunk) {
  for (const Entry& entry : chunk->entries) {
    const size_t end = entry.offset + entry.size;
    Cursor{epoch, entry.position}.EncodeTo(&chunk->bytes[end - Cursor::kEncodedSize]);
  }
}

}  // namespace ampstream
