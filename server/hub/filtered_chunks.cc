#include "server/hub/filtered_chunks.h"

#include <utility>

#include "server/hub/keyed_chunk.h"

namespace ampstream {
namespace {

SharedChunk MakeFiltered(const KeyedChunk& keyed, const Filter& filter) {
  const Chunk& whole = *keyed.chunk;
  auto chunk = std::make_shared<Chunk>();
  chunk->previous = whole.previous;
  chunk->last = whole.last;
  chunk->log_time = whole.log_time;
  for (size_t i = 0; i < whole.entries.size(); ++i) {
    Entry entry = whole.entries[i];
    if (!filter.Matches(keyed.keys[i], whole.Event(entry))) continue;
    const absl::string_view element = whole.Element(entry);
    entry.offset = static_cast<uint32_t>(chunk->bytes.size());
    chunk->bytes.append(element.data(), element.size());
    chunk->entries.push_back(entry);
  }
  return chunk;
}

}  // namespace

SharedChunk FilteredChunks::Get(const KeyedChunk& keyed, const std::shared_ptr<const Filter>& filter) {
  MutexLock lock(&mutex_);
  const auto known = chunks_.find(filter);
  if (known != chunks_.end()) return known->second;
  if (bytes_ >= keyed.chunk->bytes.size()) return nullptr;
  SharedChunk chunk = MakeFiltered(keyed, *filter);
  bytes_ += chunk->bytes.size() + chunk->entries.size() * sizeof(Entry);
  chunks_.emplace(filter, chunk);
  return chunk;
}

}  // namespace ampstream
