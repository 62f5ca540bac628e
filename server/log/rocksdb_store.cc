#include "server/log/rocksdb_store.h"

#include <algorithm>
#include <deque>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/logging.h"
#include "server/base/mutex.h"
#include "server/base/status_macros.h"
#include "server/event/cursor.h"
#include "server/log/chunk_record.h"
#include "server/log/coding.h"
#include "server/log/group_record.h"
#include "server/log/id_index.h"
#include "server/log/rocksdb_database.h"
#include "server/log/rocksdb_reader.h"

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

}  // namespace

class RocksdbStore::Impl {
 public:
  static absl::StatusOr<std::unique_ptr<Impl>> Open(const Options& options);
  ~Impl();

  absl::StatusOr<Removed> Add(const SharedChunk& chunk, const std::vector<Key>& keys);
  absl::StatusOr<Removed> Trim(absl::Time now);
  LogInfo Info() const;
  absl::Time log_time() const;
  const RocksdbReader& reader() const { return *reader_; }

 private:
  using Batch = RocksdbDatabase::Batch;

  Impl(const Options& options, std::unique_ptr<RocksdbDatabase> database)
      : options_(options), database_(std::move(database)) {}
  absl::Status Load();
  absl::Status TakeFormat();
  absl::Status TakeEpoch();
  absl::Status TakeEnds();
  absl::Status PutMeta(absl::string_view name, absl::string_view value);
  RocksdbReader::Bounds bounds() const;

  absl::StatusOr<Removed> Remove(const GroupRecord& newest, absl::Time now, Batch* batch);
  absl::StatusOr<bool> NextIsOver(const GroupRecord& newest, absl::Time now);
  absl::Status Commit(const GroupRecord& newest, Batch batch);
  void CleanIfDue(bool at_once);
  void CleanLoop();

  const Options options_;
  const std::unique_ptr<RocksdbDatabase> database_;
  Epoch epoch_;
  std::unique_ptr<IdIndex> ids_;
  std::unique_ptr<RocksdbReader> reader_;

  // Of the thread that adds.
  GroupRecord removed_;           // The last that was removed.
  std::deque<GroupRecord> next_;  // Those that will be removed next, as far as they have been looked up.
  int64_t bytes_cleaned_ = 0;     // As GroupRecord::bytes, of the last cleaning.

  mutable Mutex mutex_;
  GroupRecord oldest_ ABSL_GUARDED_BY(mutex_);  // As removed_.
  GroupRecord newest_ ABSL_GUARDED_BY(mutex_);  // As oldest_, if the log is empty.
  absl::Time oldest_time_ ABSL_GUARDED_BY(mutex_);
  absl::optional<GroupRecord> cleaning_ ABSL_GUARDED_BY(mutex_);  // Files up to there are to be deleted.
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  CondVar work_;

  std::thread cleaner_;
};

absl::StatusOr<std::unique_ptr<RocksdbStore::Impl>> RocksdbStore::Impl::Open(const Options& options) {
  AMPSTREAM_ASSIGN_OR_RETURN(std::unique_ptr<RocksdbDatabase> database,
                             RocksdbDatabase::Open(options.data_dir, options.env));
  std::unique_ptr<Impl> impl(new Impl(options, std::move(database)));
  AMPSTREAM_RETURN_IF_ERROR(impl->Load());
  return impl;
}

absl::Status RocksdbStore::Impl::Load() {
  AMPSTREAM_RETURN_IF_ERROR(TakeFormat());
  AMPSTREAM_RETURN_IF_ERROR(TakeEpoch());
  AMPSTREAM_ASSIGN_OR_RETURN(ids_, IdIndex::Open(*database_, options_.max_bytes, options_.max_age));
  reader_ = std::make_unique<RocksdbReader>(*database_, *ids_, epoch_, [this] { return bounds(); });
  AMPSTREAM_RETURN_IF_ERROR(TakeEnds());
  cleaner_ = std::thread([this] { CleanLoop(); });
  return absl::OkStatus();
}

absl::Status RocksdbStore::Impl::TakeFormat() {
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

absl::Status RocksdbStore::Impl::TakeEpoch() {
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

absl::Status RocksdbStore::Impl::PutMeta(absl::string_view name, absl::string_view value) {
  Batch batch(*database_, value.size());
  batch.Put(RocksdbDatabase::kMeta, name, value);
  return database_->Write(std::move(batch));
}

absl::Status RocksdbStore::Impl::TakeEnds() {
  AMPSTREAM_ASSIGN_OR_RETURN(const absl::optional<std::string> removed,
                             database_->Get(RocksdbDatabase::kMeta, kRemovedName));
  const absl::optional<GroupRecord> record = removed.has_value() ? DecodeGroup(*removed) : GroupRecord();
  if (!record.has_value()) return absl::DataLossError("damaged: what was removed is not known");
  removed_ = *record;
  AMPSTREAM_ASSIGN_OR_RETURN(const absl::optional<GroupRecord> last, reader_->LastGroup());
  AMPSTREAM_ASSIGN_OR_RETURN(const std::vector<GroupRecord> first, reader_->GroupsAfter(removed_, 1));
  MutexLock lock(&mutex_);
  oldest_ = removed_;
  newest_ = last.has_value() && last->last > removed_.last ? *last : removed_;
  if (!first.empty()) oldest_time_ = first.front().first_receive_time;
  return absl::OkStatus();
}

RocksdbStore::Impl::~Impl() {
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
    work_.Signal();
  }
  if (cleaner_.joinable()) cleaner_.join();
}

RocksdbReader::Bounds RocksdbStore::Impl::bounds() const {
  MutexLock lock(&mutex_);
  return {oldest_, newest_};
}

absl::StatusOr<Store::Removed> RocksdbStore::Impl::Add(const SharedChunk& chunk, const std::vector<Key>& keys) {
  const GroupRecord before = bounds().newest;
  const GroupRecord newest = RecordAfter(before, *chunk, keys);
  Batch batch(*database_, chunk->bytes.size() + kBytesPerId * keys.size() + kBytesPerChunk);
  batch.Put(RocksdbDatabase::kChunks, EncodePositionKey(chunk->last), EncodeChunkHeader(*chunk, epoch_), chunk->bytes);
  batch.Put(RocksdbDatabase::kGroups, EncodeGroupKey(newest), EncodeGroupValue(newest));
  IdIndex::Put(*chunk, keys, &batch);
  AMPSTREAM_ASSIGN_OR_RETURN(const Removed removed, Remove(newest, chunk->log_time, &batch));
  AMPSTREAM_RETURN_IF_ERROR(Commit(newest, std::move(batch)));
  ids_->Added(*chunk, keys, newest, removed_.last);
  CleanIfDue(/*at_once=*/false);
  return removed;
}

absl::StatusOr<Store::Removed> RocksdbStore::Impl::Trim(absl::Time now) {
  const GroupRecord newest = bounds().newest;
  Batch batch(*database_, kBytesPerChunk);
  AMPSTREAM_ASSIGN_OR_RETURN(const Removed removed, Remove(newest, now, &batch));
  if (!removed.oldest.has_value()) return removed;
  AMPSTREAM_RETURN_IF_ERROR(Commit(newest, std::move(batch)));
  CleanIfDue(/*at_once=*/true);
  return removed;
}

absl::StatusOr<Store::Removed> RocksdbStore::Impl::Remove(const GroupRecord& newest, absl::Time now, Batch* batch) {
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

absl::StatusOr<bool> RocksdbStore::Impl::NextIsOver(const GroupRecord& newest, absl::Time now) {
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

absl::Status RocksdbStore::Impl::Commit(const GroupRecord& newest, Batch batch) {
  AMPSTREAM_RETURN_IF_ERROR(database_->Write(std::move(batch)));
  MutexLock lock(&mutex_);
  oldest_ = removed_;
  newest_ = newest;
  oldest_time_ = next_.empty() ? newest.first_receive_time : next_.front().first_receive_time;
  return absl::OkStatus();
}

void RocksdbStore::Impl::CleanIfDue(bool at_once) {
  if (!at_once && removed_.bytes - bytes_cleaned_ < kBytesBetweenCleanings) return;
  bytes_cleaned_ = removed_.bytes;
  MutexLock lock(&mutex_);
  cleaning_ = removed_;
  work_.Signal();
}

void RocksdbStore::Impl::CleanLoop() {
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

LogInfo RocksdbStore::Impl::Info() const {
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

absl::Time RocksdbStore::Impl::log_time() const {
  MutexLock lock(&mutex_);
  return newest_.log_time;
}

absl::StatusOr<std::unique_ptr<RocksdbStore>> RocksdbStore::Open(const Options& options) {
  AMPSTREAM_ASSIGN_OR_RETURN(std::unique_ptr<Impl> impl, Impl::Open(options));
  return std::unique_ptr<RocksdbStore>(new RocksdbStore(std::move(impl)));
}

RocksdbStore::RocksdbStore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RocksdbStore::~RocksdbStore() = default;

absl::StatusOr<Store::Removed> RocksdbStore::Add(const SharedChunk& chunk, const std::vector<Key>& keys) {
  return impl_->Add(chunk, keys);
}

absl::StatusOr<Store::Removed> RocksdbStore::Trim(absl::Time now) { return impl_->Trim(now); }

absl::StatusOr<Store::Positions> RocksdbStore::PositionsOf(absl::Span<const EventId> ids, absl::Time not_before) const {
  return impl_->reader().PositionsOf(ids, not_before);
}

absl::StatusOr<Position> RocksdbStore::Resolve(const StartAt& start) const { return impl_->reader().Resolve(start); }

absl::StatusOr<ReadResult> RocksdbStore::Read(Position after, const ReadLimits& limits) const {
  return impl_->reader().Read(after, limits);
}

absl::StatusOr<std::string> RocksdbStore::Find(const EventId& id) const { return impl_->reader().Find(id); }

LogInfo RocksdbStore::Info() const { return impl_->Info(); }

absl::Time RocksdbStore::log_time() const { return impl_->log_time(); }

}  // namespace ampstream
