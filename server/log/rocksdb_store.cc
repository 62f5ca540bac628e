#include "server/log/rocksdb_store.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/logging.h"
#include "server/base/status_macros.h"
#include "server/log/chunk_record.h"
#include "server/log/coding.h"

namespace ampstream {
namespace {

constexpr char kFormat[] = "1";

// What there is one of.
constexpr char kFormatName[] = "format";
constexpr char kEpochName[] = "epoch";
constexpr char kRemovedName[] = "removed";  // The record of the last chunk that was removed.

constexpr size_t kMaxChunksRemovedAtOnce = 1024;
constexpr size_t kBytesPerId = 18;      // About what an id takes in a batch,
constexpr size_t kBytesPerChunk = 512;  // and a chunk beside its own bytes and its ids.

// Files are looked for once so much has been removed: there is little to find before.
constexpr int64_t kBytesBetweenCleanings = 16 << 20;

// The record of the chunk that follows.
GroupRecord RecordAfter(const GroupRecord& before, const Chunk& chunk, const std::vector<Store::Key>& keys) {
  GroupRecord record = before;
  record.last = chunk.last;
  record.log_time = chunk.log_time;
  record.events += static_cast<int64_t>(chunk.entries.size());
  record.bytes += static_cast<int64_t>(chunk.bytes.size());
  if (!keys.empty()) record.first_receive_time = keys.front().receive_time;
  if (!keys.empty()) record.last_receive_time = keys.back().receive_time;
  for (const Store::Key& key : keys) {
    record.newest_receive_time = std::max(record.newest_receive_time, key.receive_time);
  }
  return record;
}

// When the oldest event that is left was received; `next` are the records after the last that was removed.
absl::Time OldestTime(const GroupRecord& removed, const std::deque<GroupRecord>& next, const GroupRecord& newest) {
  // A chunk may be without entries.
  const auto first =
      std::find_if(next.begin(), next.end(), [&](const GroupRecord& record) { return record.events > removed.events; });
  return first == next.end() ? newest.first_receive_time : first->first_receive_time;
}

}  // namespace

absl::StatusOr<std::unique_ptr<RocksdbStore>> RocksdbStore::Open(const Options& options) {
  AMPSTREAM_ASSIGN_OR_RETURN(std::unique_ptr<RocksdbDatabase> database,
                             RocksdbDatabase::Open(options.data_dir, options.env));
  std::unique_ptr<RocksdbStore> store(new RocksdbStore(options, std::move(database)));
  AMPSTREAM_RETURN_IF_ERROR(store->Load());
  return store;
}

RocksdbStore::RocksdbStore(const Options& options, std::unique_ptr<RocksdbDatabase> database)
    : options_(options), database_(std::move(database)) {}

absl::Status RocksdbStore::Load() {
  AMPSTREAM_RETURN_IF_ERROR(TakeFormat());
  AMPSTREAM_RETURN_IF_ERROR(TakeEpoch());
  AMPSTREAM_ASSIGN_OR_RETURN(ids_,
                             IdIndex::Open(*database_, {options_.max_bytes, options_.max_age, options_.recent_ids}));
  reader_ = std::make_unique<RocksdbReader>(*database_, *ids_, epoch_, [this] { return bounds(); });
  AMPSTREAM_RETURN_IF_ERROR(TakeEnds());
  cleaner_ = std::thread([this] { CleanLoop(); });
  return absl::OkStatus();
}

absl::Status RocksdbStore::TakeFormat() {
  AMPSTREAM_ASSIGN_OR_RETURN(const absl::optional<std::string> format,
                             database_->Get(RocksdbDatabase::kMeta, kFormatName));
  if (format == kFormat) return absl::OkStatus();
  if (format.has_value()) {
    return absl::InvalidArgumentError(
        absl::StrCat("the log in ", options_.data_dir, " has the on-disk format ", *format, ", and this version knows ",
                     kFormat, " only: start it with the version that wrote it, or with another folder"));
  }
  // Made just now, or by a process that ended in the middle of it: then there is nothing in it.
  RocksdbDatabase::Walk at = database_->Begin(RocksdbDatabase::kMeta, /*fill_cache=*/false);
  at.ToFirst();
  if (at.Stands()) {
    return absl::InvalidArgumentError(
        absl::StrCat("the folder ", options_.data_dir, " holds a database of another program: use another folder"));
  }
  AMPSTREAM_RETURN_IF_ERROR(at.status());
  return PutMeta(kFormatName, kFormat);
}

absl::Status RocksdbStore::TakeEpoch() {
  AMPSTREAM_ASSIGN_OR_RETURN(const absl::optional<std::string> encoded,
                             database_->Get(RocksdbDatabase::kMeta, kEpochName));
  uint64_t value;
  if (encoded.has_value() && !options_.new_epoch) {
    absl::string_view in = *encoded;
    if (!TakeFixed64(&in, &value)) return absl::DataLossError("damaged: the epoch cannot be read");
    epoch_ = Epoch(value);
    return absl::OkStatus();
  }
  epoch_ = Epoch::Random();
  std::string fresh;
  PutFixed64(epoch_.value(), &fresh);
  return PutMeta(kEpochName, fresh);
}

absl::Status RocksdbStore::PutMeta(absl::string_view name, absl::string_view value) {
  RocksdbDatabase::Batch batch(*database_, value.size());
  batch.Put(RocksdbDatabase::kMeta, name, value);
  return database_->Write(std::move(batch));
}

absl::Status RocksdbStore::TakeEnds() {
  AMPSTREAM_ASSIGN_OR_RETURN(const absl::optional<std::string> removed,
                             database_->Get(RocksdbDatabase::kMeta, kRemovedName));
  const absl::optional<GroupRecord> record = removed.has_value() ? DecodeGroup(*removed) : GroupRecord();
  if (!record.has_value()) return absl::DataLossError("damaged: what was removed is not known");
  removed_ = *record;
  AMPSTREAM_ASSIGN_OR_RETURN(const absl::optional<GroupRecord> last, reader_->LastGroup());
  AMPSTREAM_ASSIGN_OR_RETURN(const std::vector<GroupRecord> next,
                             reader_->GroupsAfter(removed_, kMaxChunksRemovedAtOnce));
  next_.assign(next.begin(), next.end());
  MutexLock lock(&mutex_);
  oldest_ = removed_;
  newest_ = last.has_value() && last->last > removed_.last ? *last : removed_;
  oldest_time_ = OldestTime(removed_, next_, newest_);
  return absl::OkStatus();
}

RocksdbStore::~RocksdbStore() {
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
    work_.Signal();
  }
  if (cleaner_.joinable()) cleaner_.join();
}

RocksdbReader::Bounds RocksdbStore::bounds() const {
  MutexLock lock(&mutex_);
  return {oldest_, newest_};
}

absl::StatusOr<Store::Removed> RocksdbStore::Add(const SharedChunk& chunk, const std::vector<Key>& keys) {
  const GroupRecord before = bounds().newest;
  const GroupRecord newest = RecordAfter(before, *chunk, keys);
  RocksdbDatabase::Batch batch(*database_, chunk->bytes.size() + kBytesPerId * keys.size() + kBytesPerChunk);
  batch.Put(RocksdbDatabase::kChunks, EncodePositionKey(chunk->last), EncodeChunkHeader(*chunk, epoch_), chunk->bytes);
  batch.Put(RocksdbDatabase::kGroups, EncodeGroupKey(newest), EncodeGroupValue(newest));
  IdIndex::Put(*chunk, keys, &batch);
  AMPSTREAM_ASSIGN_OR_RETURN(const Removed removed, Remove(newest, chunk->log_time, &batch));
  AMPSTREAM_RETURN_IF_ERROR(Commit(newest, std::move(batch)));
  ids_->Added(*chunk, keys, newest, removed_.last);
  CleanIfDue(/*at_once=*/false);
  return removed;
}

absl::StatusOr<Store::Removed> RocksdbStore::Trim(absl::Time now) {
  const GroupRecord newest = bounds().newest;
  RocksdbDatabase::Batch batch(*database_, kBytesPerChunk);
  AMPSTREAM_ASSIGN_OR_RETURN(const Removed removed, Remove(newest, now, &batch));
  if (!removed.oldest.has_value()) return removed;
  AMPSTREAM_RETURN_IF_ERROR(Commit(newest, std::move(batch)));
  CleanIfDue(/*at_once=*/true);
  return removed;
}

absl::StatusOr<Store::Removed> RocksdbStore::Remove(const GroupRecord& newest, absl::Time now,
                                                    RocksdbDatabase::Batch* batch) {
  Removed removed;
  for (size_t count = 0; count < kMaxChunksRemovedAtOnce; ++count) {
    AMPSTREAM_ASSIGN_OR_RETURN(const bool is_over, NextIsOver(newest, now));
    if (!is_over) break;
    removed_ = next_.front();
    next_.pop_front();
    removed.oldest = removed_.last;
  }
  if (!removed.oldest.has_value()) return removed;
  AMPSTREAM_ASSIGN_OR_RETURN(removed.more, NextIsOver(newest, now));
  batch->Put(RocksdbDatabase::kMeta, kRemovedName, EncodeGroup(removed_));
  return removed;
}

absl::StatusOr<bool> RocksdbStore::NextIsOver(const GroupRecord& newest, absl::Time now) {
  if (next_.empty()) {
    AMPSTREAM_ASSIGN_OR_RETURN(const std::vector<GroupRecord> next,
                               reader_->GroupsAfter(removed_, kMaxChunksRemovedAtOnce));
    next_.assign(next.begin(), next.end());
  }
  if (next_.empty()) return false;  // There is none but the one that is being added.
  const GroupRecord& next = next_.front();
  if (next.log_time + options_.max_age <= now) return true;
  return newest.bytes - removed_.bytes > options_.max_bytes && next.last != newest.last;
}

absl::Status RocksdbStore::Commit(const GroupRecord& newest, RocksdbDatabase::Batch batch) {
  AMPSTREAM_RETURN_IF_ERROR(database_->Write(std::move(batch)));
  MutexLock lock(&mutex_);
  oldest_ = removed_;
  newest_ = newest;
  oldest_time_ = OldestTime(removed_, next_, newest);
  return absl::OkStatus();
}

void RocksdbStore::CleanIfDue(bool at_once) {
  if (!at_once && removed_.bytes - bytes_cleaned_ < kBytesBetweenCleanings) return;
  bytes_cleaned_ = removed_.bytes;
  MutexLock lock(&mutex_);
  cleaning_ = removed_;
  work_.Signal();
}

void RocksdbStore::CleanLoop() {
  while (true) {
    GroupRecord removed;
    {
      MutexLock lock(&mutex_);
      while (!cleaning_.has_value() && !stopping_) work_.Wait(&mutex_);
      if (stopping_) return;
      removed = *std::exchange(cleaning_, absl::nullopt);
    }
    database_->DeleteFilesBefore(RocksdbDatabase::kChunks, EncodePositionKey(Position(removed.last.value() + 1)));
    database_->DeleteFilesBefore(RocksdbDatabase::kGroups, EncodeGroupKey(removed));
  }
}

LogInfo RocksdbStore::Info() const {
  MutexLock lock(&mutex_);
  LogInfo info;
  info.epoch = epoch_;
  info.oldest = oldest_.last;
  info.newest = newest_.last;
  info.events = newest_.events - oldest_.events;
  info.bytes = newest_.bytes - oldest_.bytes;
  info.durability = LogInfo::Durability::kDisk;
  if (info.events == 0) return info;
  info.oldest_time = oldest_time_;
  info.newest_time = newest_.last_receive_time;
  return info;
}

absl::Time RocksdbStore::log_time() const {
  MutexLock lock(&mutex_);
  return newest_.log_time;
}

}  // namespace ampstream
