#include "server/log/rocksdb_reader.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/logging.h"
#include "server/base/status_macros.h"
#include "server/log/chunk_record.h"
#include "server/log/coding.h"
#include "server/log/store.h"

namespace ampstream {
namespace {

Position PositionOfKey(absl::string_view key) {
  uint64_t value = 0;
  TakeFixed64(&key, &value);
  return Position(value);
}

absl::StatusOr<SharedChunk> ChunkAt(const RocksdbDatabase::Walk& at, Epoch epoch) {
  return DecodeChunk(at.value(), PositionOfKey(at.key()), epoch);
}

absl::StatusOr<GroupRecord> GroupAt(const RocksdbDatabase::Walk& at) {
  const absl::optional<GroupRecord> record = DecodeGroup(at.key(), at.value());
  if (!record.has_value()) return absl::DataLossError("damaged: a record of the index of times cannot be read");
  return *record;
}

absl::Status Missing(Position after) {
  return absl::DataLossError(absl::StrCat("damaged: what follows position ", after.value(), " is missing"));
}

// The person who runs the server must hear of damage, whoever met it.
absl::Status Reported(absl::Status status) {
  if (absl::IsDataLoss(status)) Log(Severity::kError, absl::StrCat("reading the log: ", status.message()));
  return status;
}

// Walks a chunk back from its end, counting down what matches. The position before the last n that match, if it is in
// this chunk.
absl::optional<Position> CountDown(const Chunk& chunk, const StartAtLastN& last, uint32_t* left) {
  for (auto entry = chunk.entries.rbegin(); entry != chunk.entries.rend(); ++entry) {
    if (*left == 0) return entry->position;
    if (last.matches(chunk.Event(*entry))) --*left;
  }
  return *left == 0 ? absl::make_optional(chunk.previous) : absl::nullopt;
}

}  // namespace

RocksdbReader::RocksdbReader(const RocksdbDatabase& database, const IdIndex& ids, Epoch epoch,
                             std::function<Bounds()> bounds)
    : database_(database), ids_(ids), epoch_(epoch), bounds_(std::move(bounds)) {}

absl::StatusOr<Store::Positions> RocksdbReader::PositionsOf(absl::Span<const EventId> ids,
                                                            absl::Time not_before) const {
  AMPSTREAM_ASSIGN_OR_RETURN(const std::vector<absl::optional<IdIndex::Place>> places, ids_.Find(ids, not_before));
  const Position oldest = bounds_().oldest.last;
  Store::Positions positions(ids.size());
  for (size_t i = 0; i < ids.size(); ++i) {
    if (places[i].has_value() && places[i]->log_time >= not_before && places[i]->position > oldest)
      positions[i] = places[i]->position;
  }
  return positions;
}

absl::StatusOr<std::string> RocksdbReader::Find(const EventId& id) const {
  const absl::StatusOr<Store::Positions> positions = PositionsOf({id}, absl::InfinitePast());
  if (!positions.ok()) return Reported(positions.status());
  const absl::optional<Position> position = positions->front();
  if (!position.has_value()) return NoSuchEvent(id);
  RocksdbDatabase::Walk at = database_.Begin(RocksdbDatabase::kChunks, /*fill_cache=*/true);
  at.ToFirstFrom(EncodePositionKey(*position));
  if (at.Stands()) {
    AMPSTREAM_ASSIGN_OR_RETURN(const SharedChunk chunk, ChunkAt(at, epoch_));
    if (chunk->previous < *position) return std::string(EventAt(*chunk, *position));
  }
  if (!at.status().ok()) return Reported(at.status());
  if (*position <= bounds_().oldest.last) return NoSuchEvent(id);  // Removed while it was looked for.
  return Reported(Missing(*position));
}

absl::StatusOr<ReadResult> RocksdbReader::Read(Position after, const ReadLimits& limits) const {
  const Bounds bounds = bounds_();
  AMPSTREAM_RETURN_IF_ERROR(CheckInRange(after, bounds.oldest.last, bounds.newest.last));
  ReadResult result;
  result.next = after;
  const absl::Status status = ReadChunks(bounds, limits, &result);
  result.at_end = result.next == bounds.newest.last;
  if (status.ok() || !result.chunks.empty()) return result;  // What was read is given first.
  // What is missing may have been removed meanwhile.
  AMPSTREAM_RETURN_IF_ERROR(CheckInRange(after, bounds_().oldest.last, bounds.newest.last));
  return Reported(status);
}

absl::Status RocksdbReader::ReadChunks(const Bounds& bounds, const ReadLimits& limits, ReadResult* result) const {
  if (result->next == bounds.newest.last) return absl::OkStatus();
  RocksdbDatabase::Walk at = database_.Begin(RocksdbDatabase::kChunks, /*fill_cache=*/false);
  size_t bytes = 0;
  for (at.ToFirstFrom(EncodePositionKey(Position(result->next.value() + 1))); at.Stands(); at.Next()) {
    if (PositionOfKey(at.key()) > bounds.newest.last) break;  // Being added now.
    bytes += at.value().size();
    const bool full = result->chunks.size() >= limits.max_chunks || bytes > limits.max_bytes;
    if (full && !result->chunks.empty()) return absl::OkStatus();
    AMPSTREAM_ASSIGN_OR_RETURN(SharedChunk chunk, ChunkAt(at, epoch_));
    if (result->chunks.empty() ? chunk->previous > result->next : chunk->previous != result->next)
      return Missing(result->next);
    result->next = chunk->last;
    result->chunks.push_back(std::move(chunk));
  }
  AMPSTREAM_RETURN_IF_ERROR(at.status());
  return result->next == bounds.newest.last ? absl::OkStatus() : Missing(result->next);
}

absl::StatusOr<Position> RocksdbReader::Resolve(const StartAt& start) const {
  const Bounds bounds = bounds_();
  if (const auto* after = absl::get_if<StartAfter>(&start)) {
    AMPSTREAM_RETURN_IF_ERROR(CheckInRange(after->position, bounds.oldest.last, bounds.newest.last));
    return after->position;
  }
  absl::StatusOr<Position> position = bounds.newest.last;
  if (absl::holds_alternative<StartAtEarliest>(start)) position = bounds.oldest.last;
  if (const auto* at = absl::get_if<StartAtTime>(&start)) position = BeforeTime(at->time, bounds);
  if (const auto* last = absl::get_if<StartAtLastN>(&start)) position = BeforeLast(*last, bounds);
  if (!position.ok()) return Reported(position.status());
  return std::max(*position, bounds_().oldest.last);
}

absl::StatusOr<Position> RocksdbReader::BeforeTime(absl::Time time, const Bounds& bounds) const {
  // Everything up to the last record before that time was received before it.
  RocksdbDatabase::Walk at = database_.Begin(RocksdbDatabase::kGroups, /*fill_cache=*/true);
  at.ToLastUpTo(GroupKeyOf(time));
  if (!at.Stands()) {
    AMPSTREAM_RETURN_IF_ERROR(at.status());
    return bounds.oldest.last;
  }
  AMPSTREAM_ASSIGN_OR_RETURN(const GroupRecord before, GroupAt(at));
  return std::min(before.last, bounds.newest.last);
}

absl::StatusOr<Position> RocksdbReader::BeforeLast(const StartAtLastN& last, const Bounds& bounds) const {
  if (!last.matches || last.n == 0) return BeforeLastOfAll(last.n, bounds);
  uint32_t left = last.n;
  RocksdbDatabase::Walk at = database_.Begin(RocksdbDatabase::kChunks, /*fill_cache=*/false);
  Position next = bounds.newest.last;  // Where the chunk that is looked for ends.
  for (at.ToLastUpTo(EncodePositionKey(next)); at.Stands() && next > bounds.oldest.last; at.Previous()) {
    if (last.wanted && !last.wanted()) return bounds.oldest.last;
    if (PositionOfKey(at.key()) != next) break;
    AMPSTREAM_ASSIGN_OR_RETURN(const SharedChunk chunk, ChunkAt(at, epoch_));
    next = chunk->previous;
    const absl::optional<Position> before = CountDown(*chunk, last, &left);
    if (before.has_value()) return *before;
  }
  AMPSTREAM_RETURN_IF_ERROR(at.status());
  if (next <= bounds_().oldest.last) return bounds.oldest.last;  // What is missing may have been removed meanwhile.
  return absl::DataLossError(absl::StrCat("damaged: the chunk that ends at position ", next.value(), " is missing"));
}

absl::StatusOr<Position> RocksdbReader::BeforeLastOfAll(uint32_t n, const Bounds& bounds) const {
  // The records know how many events follow them: no chunk is read but the one in which the n-th last stands.
  const auto follows = [&](const GroupRecord& record) { return bounds.newest.events - record.events; };
  if (follows(bounds.oldest) <= n) return bounds.oldest.last;
  RocksdbDatabase::Walk at = database_.Begin(RocksdbDatabase::kGroups, /*fill_cache=*/false);
  GroupRecord before = bounds.newest;
  for (at.ToLastUpTo(EncodeGroupKey(bounds.newest)); at.Stands() && follows(before) < n; at.Previous()) {
    AMPSTREAM_ASSIGN_OR_RETURN(before, GroupAt(at));
  }
  AMPSTREAM_RETURN_IF_ERROR(at.status());
  if (follows(before) < n) before = bounds.oldest;
  const int64_t skipped = follows(before) - n;
  if (skipped == 0) return before.last;
  ReadLimits one_chunk;
  one_chunk.max_chunks = 1;
  AMPSTREAM_ASSIGN_OR_RETURN(const ReadResult result, Read(before.last, one_chunk));
  if (result.chunks.empty() || result.chunks[0]->entries.size() < static_cast<size_t>(skipped))
    return Missing(before.last);
  return result.chunks[0]->entries[static_cast<size_t>(skipped) - 1].position;
}

absl::StatusOr<std::vector<GroupRecord>> RocksdbReader::GroupsAfter(const GroupRecord& record, size_t max) const {
  std::vector<GroupRecord> groups;
  RocksdbDatabase::Walk at = database_.Begin(RocksdbDatabase::kGroups, /*fill_cache=*/true);
  GroupRecord next = record;
  next.last = Position(record.last.value() + 1);
  for (at.ToFirstFrom(EncodeGroupKey(next)); at.Stands() && groups.size() < max; at.Next()) {
    AMPSTREAM_ASSIGN_OR_RETURN(const GroupRecord group, GroupAt(at));
    groups.push_back(group);
  }
  AMPSTREAM_RETURN_IF_ERROR(at.status());
  return groups;
}

absl::StatusOr<absl::optional<GroupRecord>> RocksdbReader::LastGroup() const {
  RocksdbDatabase::Walk at = database_.Begin(RocksdbDatabase::kGroups, /*fill_cache=*/true);
  at.ToLast();
  if (!at.Stands()) {
    AMPSTREAM_RETURN_IF_ERROR(at.status());
    return absl::optional<GroupRecord>();
  }
  AMPSTREAM_ASSIGN_OR_RETURN(const GroupRecord group, GroupAt(at));
  return absl::make_optional(group);
}

}  // namespace ampstream
