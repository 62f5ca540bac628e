#include "server/log/id_index.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "server/base/logging.h"
#include "server/base/status_macros.h"
#include "server/log/coding.h"

namespace ampstream {
namespace {

// What there is one of, in the family of names.
constexpr char kGenerationsName[] = "generations";
constexpr char kFiledName[] = "filed";  // The record of the last chunk whose ids are in a file.

constexpr size_t kMaxRuns = 4;  // As many may wait in memory, while a file takes long to make.

absl::Status Damaged() { return absl::DataLossError("damaged: the index of ids cannot be read"); }

// A record of the ids of a chunk: log time (8), first position (8), then for each: position less the one before it
// (varint), id (16).
std::string EncodeIds(const Chunk& chunk, const std::vector<Store::Key>& keys) {
  std::string record;
  record.reserve(16 + keys.size() * 18);
  PutTime(chunk.log_time, &record);
  Position before = chunk.entries.front().position;
  PutFixed64(before.value(), &record);
  for (size_t i = 0; i < keys.size(); ++i) {
    PutVarint(chunk.entries[i].position.value() - before.value(), &record);
    before = chunk.entries[i].position;
    record.append(keys[i].id.bytes().data(), EventId::kSize);
  }
  return record;
}

template <typename Places>
bool DecodeIds(absl::string_view record, absl::Time* log_time, Places* places) {
  uint64_t position;
  if (!TakeTime(&record, log_time) || !TakeFixed64(&record, &position)) return false;
  while (!record.empty()) {
    uint64_t step;
    if (!TakeVarint(&record, &step) || record.size() < EventId::kSize) return false;
    position += step;
    (*places)[EventId::FromBytes(record.substr(0, EventId::kSize))] = {Position(position), *log_time};
    record.remove_prefix(EventId::kSize);
  }
  return true;
}

// False: it is not there.
template <typename Places>
bool TakePlace(const Places& places, const EventId& id, absl::optional<IdIndex::Place>* place) {
  const auto found = places.find(id);
  if (found == places.end()) return false;
  *place = found->second;
  return true;
}

// The first 8 bytes of an id as a number that sorts as they do.
uint64_t PrefixOf(const EventId& id) {
  absl::string_view bytes = id.bytes();
  uint64_t prefix = 0;
  TakeFixed64(&bytes, &prefix);
  return prefix;
}

// Sorts indexes into `ids` by the ids' bytes.
void SortById(absl::Span<const EventId> ids, std::vector<size_t>* indexes) {
  std::vector<std::pair<uint64_t, size_t>> sorted;
  sorted.reserve(indexes->size());
  for (size_t i : *indexes) sorted.emplace_back(PrefixOf(ids[i]), i);
  std::sort(sorted.begin(), sorted.end(), [&](const auto& a, const auto& b) {
    return a.first != b.first ? a.first < b.first : ids[a.second].bytes() < ids[b.second].bytes();
  });
  for (size_t i = 0; i < sorted.size(); ++i) (*indexes)[i] = sorted[i].second;
}

std::string EncodePlace(const IdIndex::Place& place) {
  std::string value;
  PutFixed64(place.position.value(), &value);
  PutTime(place.log_time, &value);
  return value;
}

bool DecodePlace(absl::string_view value, IdIndex::Place* place) {
  uint64_t position;
  if (!TakeFixed64(&value, &position) || !TakeTime(&value, &place->log_time)) return false;
  place->position = Position(position);
  return true;
}

}  // namespace

absl::StatusOr<std::unique_ptr<IdIndex>> IdIndex::Open(RocksdbDatabase& database, const Options& options) {
  std::unique_ptr<IdIndex> index(new IdIndex(database, options));
  AMPSTREAM_RETURN_IF_ERROR(index->Load());
  index->thread_ = std::thread([index = index.get()] { index->Loop(); });
  return index;
}

IdIndex::IdIndex(RocksdbDatabase& database, const Options& options)
    : database_(database), options_(options), generations_(std::make_shared<const IdGenerations>()) {}

IdIndex::~IdIndex() {
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
    work_.Signal();
  }
  if (thread_.joinable()) thread_.join();
}

absl::Status IdIndex::Load() {
  AMPSTREAM_ASSIGN_OR_RETURN(const absl::optional<std::string> generations,
                             database_.Get(RocksdbDatabase::kMeta, kGenerationsName));
  AMPSTREAM_ASSIGN_OR_RETURN(const absl::optional<std::string> filed,
                             database_.Get(RocksdbDatabase::kMeta, kFiledName));
  IdGenerations decoded;
  if (generations.has_value() && !decoded.Decode(*generations)) return Damaged();
  const absl::optional<GroupRecord> record = filed.has_value() ? DecodeGroup(*filed) : GroupRecord();
  if (!record.has_value()) return Damaged();
  {
    MutexLock lock(&mutex_);
    generations_ = std::make_shared<const IdGenerations>(std::move(decoded));
    filed_ = *record;
  }
  return LoadRecent();
}

absl::Status IdIndex::LoadRecent() {
  MutexLock lock(&mutex_);
  recent_.places.reserve(options_.run_ids);
  RocksdbDatabase::Walk at = database_.Begin(RocksdbDatabase::kRecentIds, /*fill_cache=*/false);
  for (at.ToFirstFrom(EncodePositionKey(Position(filed_.last.value() + 1))); at.Stands(); at.Next()) {
    absl::Time log_time;
    const bool is_first = recent_.places.empty();
    if (!DecodeIds(at.value(), &log_time, &recent_.places)) return Damaged();
    if (is_first) recent_.first_log_time = log_time;
  }
  return at.status();
}

void IdIndex::Put(const Chunk& chunk, const std::vector<Store::Key>& keys, RocksdbDatabase::Batch* batch) {
  if (keys.empty()) return;
  batch->Put(RocksdbDatabase::kRecentIds, EncodePositionKey(chunk.last), EncodeIds(chunk, keys));
}

void IdIndex::Added(const Chunk& chunk, const std::vector<Store::Key>& keys, const GroupRecord& newest,
                    Position removed) {
  MutexLock lock(&mutex_);
  if (recent_.places.empty()) recent_.first_log_time = chunk.log_time;
  for (size_t i = 0; i < keys.size(); ++i) {
    recent_.places[keys[i].id] = {chunk.entries[i].position, chunk.log_time};
  }
  recent_.newest = newest;
  recent_.removed = removed;
  SealIfFull();
  while (recent_.places.size() >= kMaxRuns * options_.run_ids && sealed_ != nullptr && !failed_) room_.Wait(&mutex_);
}

void IdIndex::SealIfFull() {
  if (recent_.places.size() < options_.run_ids || sealed_ != nullptr) return;
  sealed_ = std::make_shared<const Run>(std::move(recent_));
  recent_ = Run();
  recent_.places.reserve(options_.run_ids);
  work_.Signal();
}

absl::StatusOr<std::vector<absl::optional<IdIndex::Place>>> IdIndex::Find(absl::Span<const EventId> ids,
                                                                          absl::Time not_before) const {
  std::vector<absl::optional<Place>> places(ids.size());
  std::vector<size_t> sought;  // Indexes of those that were not found yet.
  std::shared_ptr<const IdGenerations> generations;
  {
    MutexLock lock(&mutex_);
    for (size_t i = 0; i < ids.size(); ++i) {
      if (!TakePlace(recent_.places, ids[i], &places[i]) &&
          (sealed_ == nullptr || !TakePlace(sealed_->places, ids[i], &places[i]))) {
        sought.push_back(i);
      }
    }
    generations = generations_;
  }
  if (generations->all().empty()) return places;
  SortById(ids, &sought);
  for (auto generation = generations->all().rbegin(); generation != generations->all().rend(); ++generation) {
    AMPSTREAM_RETURN_IF_ERROR(FindIn(generation->number, ids, &sought, &places));
    if (generation->log_time < not_before) break;  // All earlier ones are older still.
  }
  return places;
}

absl::Status IdIndex::FindIn(uint32_t generation, absl::Span<const EventId> ids, std::vector<size_t>* sought,
                             std::vector<absl::optional<Place>>* places) const {
  std::vector<IdKey> keys;
  std::vector<absl::string_view> views;
  keys.reserve(sought->size());
  views.reserve(sought->size());
  for (size_t i : *sought) views.push_back(keys.emplace_back(generation, ids[i]).view());
  absl::Status status;
  AMPSTREAM_RETURN_IF_ERROR(database_.GetEach(RocksdbDatabase::kIds, views, [&](size_t i, absl::string_view value) {
    Place place;
    if (!DecodePlace(value, &place)) status = Damaged();
    (*places)[(*sought)[i]] = place;
    return status.ok();
  }));
  sought->erase(std::remove_if(sought->begin(), sought->end(), [&](size_t i) { return (*places)[i].has_value(); }),
                sought->end());
  return status;
}

void IdIndex::Loop() {
  while (const std::shared_ptr<const Run> run = NextRun()) {
    const absl::Status status = Finish(*run);
    MutexLock lock(&mutex_);
    failed_ = !status.ok();
    room_.Signal();
    if (failed_) return;  // Said by the database, which takes nothing any more; what is in memory is still found.
    sealed_ = nullptr;
    SealIfFull();
  }
}

std::shared_ptr<const IdIndex::Run> IdIndex::NextRun() {
  MutexLock lock(&mutex_);
  while (sealed_ == nullptr && !stopping_) work_.Wait(&mutex_);
  return stopping_ ? nullptr : sealed_;
}

absl::Status IdIndex::Finish(const Run& run) {
  IdGenerations generations;
  {
    MutexLock lock(&mutex_);
    generations = *generations_;
    generations.BeginIfDue(filed_, run.first_log_time, options_.max_bytes, options_.max_age);
  }
  generations.DropUpTo(run.removed);
  AMPSTREAM_RETURN_IF_ERROR(MakeFile(run, generations.current()));
  RocksdbDatabase::Batch batch(database_, 1024);
  batch.Put(RocksdbDatabase::kMeta, kGenerationsName, generations.Encode());
  batch.Put(RocksdbDatabase::kMeta, kFiledName, EncodeGroup(run.newest));
  AMPSTREAM_RETURN_IF_ERROR(database_.Write(std::move(batch)));
  database_.DeleteFilesBefore(RocksdbDatabase::kIds, IdKey::FirstOf(generations.all().front().number));
  database_.DeleteFilesBefore(RocksdbDatabase::kRecentIds, EncodePositionKey(Position(run.newest.last.value() + 1)));
  MutexLock lock(&mutex_);
  generations_ = std::make_shared<const IdGenerations>(std::move(generations));
  filed_ = run.newest;
  return absl::OkStatus();
}

absl::Status IdIndex::MakeFile(const Run& run, uint32_t generation) {
  std::vector<std::pair<EventId, Place>> sorted;
  sorted.reserve(run.places.size());
  for (const auto& [id, place] : run.places) {
    if (place.position > run.removed) sorted.emplace_back(id, place);
  }
  std::sort(sorted.begin(), sorted.end(),
            [](const auto& a, const auto& b) { return a.first.bytes() < b.first.bytes(); });
  return database_.AddFile(RocksdbDatabase::kIds, sorted.size(), [&](size_t i, std::string* key, std::string* value) {
    *key = std::string(IdKey(generation, sorted[i].first).view());
    *value = EncodePlace(sorted[i].second);
  });
}

}  // namespace ampstream
