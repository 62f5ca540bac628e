#include "server/log/rocksdb_database.h"

#include <rocksdb/convenience.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/listener.h>
#include <rocksdb/options.h>
#include <rocksdb/sst_file_writer.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/base/logging.h"
#include "server/base/mutex.h"
#include "server/base/status_macros.h"
#include "server/log/rocksdb_folder.h"
#include "server/log/rocksdb_settings.h"

namespace ampstream {
namespace {

constexpr size_t kChunkBufferBytes = 32 << 20;
constexpr size_t kGroupBufferBytes = 4 << 20;
constexpr size_t kRecentIdBufferBytes = 4 << 20;
constexpr char kNoUniqueId[] = "opened without unique ID";  // A warning, said of every file that AddFile made.
constexpr char kUnfinishedFile[] = "/unfinished.run";       // What AddFile writes, until it is part of the database.
constexpr size_t kMaxLine = 1024;
constexpr size_t kMaxSaid = 2048;
constexpr size_t kKeysAtOnce = 32;  // As RocksDB takes them.

const std::vector<std::string>& FamilyNames() {
  static const auto* const names =
      new std::vector<std::string>{rocksdb::kDefaultColumnFamilyName, "chunks", "groups", "recent_ids", "ids"};
  return *names;
}

std::vector<rocksdb::ColumnFamilyDescriptor> Families() {
  const std::vector<std::string>& names = FamilyNames();
  return {{names[RocksdbDatabase::kMeta], MetaFamilySettings()},
          {names[RocksdbDatabase::kChunks], OrderedFamilySettings(kChunkBufferBytes)},
          {names[RocksdbDatabase::kGroups], OrderedFamilySettings(kGroupBufferBytes)},
          {names[RocksdbDatabase::kRecentIds], OrderedFamilySettings(kRecentIdBufferBytes)},
          {names[RocksdbDatabase::kIds], IdFamilySettings()}};
}

// What RocksDB warns of goes to our log. What it says while it is being opened tells more of a failure than its Status
// does, such as which file is damaged: that goes into the error.
class WarningLogger final : public rocksdb::Logger {
 public:
  WarningLogger() : rocksdb::Logger(rocksdb::InfoLogLevel::WARN_LEVEL) {}

  using rocksdb::Logger::Logv;
  void Logv(const rocksdb::InfoLogLevel level, const char* format, va_list arguments) override {
    if (level < GetInfoLogLevel()) return;
    char line[kMaxLine];
    if (std::vsnprintf(line, sizeof(line), format, arguments) < 0) return;
    if (absl::StrContains(line, kNoUniqueId)) return;
    MutexLock lock(&mutex_);
    if (is_open_) {
      Log(Severity::kWarning, absl::StrCat("rocksdb: ", line));
    } else if (said_.size() < kMaxSaid) {
      absl::StrAppend(&said_, "; ", line);
    }
  }
  void Logv(const char* format, va_list arguments) override { Logv(GetInfoLogLevel(), format, arguments); }

  void SetOpen() {
    MutexLock lock(&mutex_);
    is_open_ = true;
    if (!said_.empty()) Log(Severity::kWarning, absl::StrCat("rocksdb, while it was opened", said_));
  }

  // While it was being opened: lines, each after `; `.
  std::string said() const {
    MutexLock lock(&mutex_);
    return said_;
  }

 private:
  mutable Mutex mutex_;
  std::string said_ ABSL_GUARDED_BY(mutex_);
  bool is_open_ ABSL_GUARDED_BY(mutex_) = false;
};

absl::Status ToStatus(const rocksdb::Status& status) {
  if (status.ok()) return absl::OkStatus();
  if (status.IsCorruption()) return absl::DataLossError(absl::StrCat("damaged: ", status.ToString()));
  return absl::UnavailableError(absl::StrCat("disk: ", status.ToString()));
}

rocksdb::Slice ToSlice(absl::string_view text) { return {text.data(), text.size()}; }
absl::string_view ToView(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

absl::Status CannotBeOpened(const std::string& dir, const rocksdb::DBOptions& options, const rocksdb::Status& why,
                            absl::string_view more) {
  if (absl::StrContains(why.ToString(), "/LOCK:")) return UnusableFolder(dir, "another process uses it");
  const absl::Status status =
      why.IsPathNotFound() ? absl::DataLossError(absl::StrCat("damaged: ", why.ToString())) : ToStatus(why);
  const std::string tables = absl::IsDataLoss(status) ? DamagedTablesIn(dir, *options.env) : "";
  return absl::Status(status.code(),
                      absl::StrCat("the log in ", dir, " cannot be opened: ", status.message(), tables, more));
}

}  // namespace

// Falls once. RocksDB tells it of failures in the background, and may keep it for longer than the database lives.
class RocksdbDatabase::Latch final : public rocksdb::EventListener {
 public:
  // The first failure, and this one if there was none.
  absl::Status Fall(const absl::Status& status) {
    MutexLock lock(&mutex_);
    if (failure_.ok()) failure_ = status;
    return failure_;
  }

  absl::Status status() const {
    MutexLock lock(&mutex_);
    return failure_;
  }

  void OnBackgroundError(rocksdb::BackgroundErrorReason, rocksdb::Status* status) override {
    const absl::Status failure = Fall(ToStatus(*status));
    Log(Severity::kError, absl::StrCat("the log: ", failure.message()));
  }

  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status, bool* auto_recovery) override {
    *auto_recovery = false;
  }

 private:
  mutable Mutex mutex_;
  absl::Status failure_ ABSL_GUARDED_BY(mutex_);
};

absl::StatusOr<std::unique_ptr<RocksdbDatabase>> RocksdbDatabase::Open(const std::string& dir, rocksdb::Env* env) {
  std::unique_ptr<RocksdbDatabase> database(new RocksdbDatabase());
  AMPSTREAM_RETURN_IF_ERROR(database->OpenIn(dir, env == nullptr ? rocksdb::Env::Default() : env));
  return database;
}

RocksdbDatabase::RocksdbDatabase() : latch_(std::make_shared<Latch>()) {}

absl::Status RocksdbDatabase::OpenIn(const std::string& dir, rocksdb::Env* env) {
  rocksdb::DBOptions options = DatabaseSettings(env);
  const auto logger = std::make_shared<WarningLogger>();
  options.info_log = logger;
  AMPSTREAM_ASSIGN_OR_RETURN(const bool is_there, PrepareFolder(dir, options, FamilyNames()));
  options.listeners.push_back(latch_);
  options.create_if_missing = !is_there;
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* db = nullptr;
  const rocksdb::Status status = rocksdb::DB::Open(options, dir, Families(), &handles, &db);
  if (!status.ok()) return CannotBeOpened(dir, options, status, logger->said());
  logger->SetOpen();
  db_.reset(db);
  std::copy(handles.begin(), handles.end(), families_.begin());
  return absl::OkStatus();
}

RocksdbDatabase::~RocksdbDatabase() {
  if (db_ == nullptr) return;
  for (rocksdb::ColumnFamilyHandle* handle : families_) {
    const rocksdb::Status status = db_->DestroyColumnFamilyHandle(handle);
    if (!status.ok()) Log(Severity::kWarning, absl::StrCat("closing the log: ", status.ToString()));
  }
  const rocksdb::Status status = db_->Close();
  if (!status.ok()) Log(Severity::kWarning, absl::StrCat("closing the log: ", status.ToString()));
}

RocksdbDatabase::Batch::Batch(const RocksdbDatabase& database, size_t bytes)
    : database_(database), batch_(std::make_unique<rocksdb::WriteBatch>(bytes)) {}
RocksdbDatabase::Batch::Batch(Batch&&) noexcept = default;
RocksdbDatabase::Batch::~Batch() = default;

void RocksdbDatabase::Batch::Put(Family family, absl::string_view key, absl::string_view value,
                                 absl::string_view value_rest) {
  const rocksdb::Slice key_part = ToSlice(key);
  const std::array<rocksdb::Slice, 2> value_parts = {ToSlice(value), ToSlice(value_rest)};
  const rocksdb::Status status = batch_->Put(database_.families_[family], rocksdb::SliceParts(&key_part, 1),
                                             rocksdb::SliceParts(value_parts.data(), value_parts.size()));
  if (status_.ok()) status_ = ToStatus(status);
}

absl::Status RocksdbDatabase::Write(Batch batch) {
  AMPSTREAM_RETURN_IF_ERROR(latch_->status());
  rocksdb::WriteOptions options;
  options.sync = true;
  const absl::Status status = batch.status_.ok() ? ToStatus(db_->Write(options, batch.batch_.get())) : batch.status_;
  return status.ok() ? status : latch_->Fall(status);
}

absl::StatusOr<absl::optional<std::string>> RocksdbDatabase::Get(Family family, absl::string_view key) const {
  std::string value;
  const rocksdb::Status status = db_->Get(rocksdb::ReadOptions(), families_[family], ToSlice(key), &value);
  if (status.IsNotFound()) return absl::optional<std::string>();
  if (!status.ok()) return ToStatus(status);
  return absl::make_optional(std::move(value));
}

absl::Status RocksdbDatabase::GetEach(Family family, const std::vector<absl::string_view>& keys,
                                      absl::FunctionRef<bool(size_t i, absl::string_view value)> found) const {
  std::array<rocksdb::Slice, kKeysAtOnce> slices;
  std::array<rocksdb::PinnableSlice, kKeysAtOnce> values;
  std::array<rocksdb::Status, kKeysAtOnce> statuses;
  for (size_t begin = 0; begin < keys.size(); begin += kKeysAtOnce) {
    const size_t count = std::min(kKeysAtOnce, keys.size() - begin);
    for (size_t i = 0; i < count; ++i) slices[i] = ToSlice(keys[begin + i]);
    db_->MultiGet(rocksdb::ReadOptions(), families_[family], count, slices.data(), values.data(), statuses.data(),
                  /*sorted_input=*/true);
    for (size_t i = 0; i < count; ++i) {
      if (!statuses[i].ok() && !statuses[i].IsNotFound()) return ToStatus(statuses[i]);
      if (statuses[i].ok() && !found(begin + i, ToView(values[i]))) return absl::OkStatus();
      values[i].Reset();
    }
  }
  return absl::OkStatus();
}

RocksdbDatabase::Walk RocksdbDatabase::Begin(Family family, bool fill_cache) const {
  rocksdb::ReadOptions options;
  options.fill_cache = fill_cache;
  return Walk(std::unique_ptr<rocksdb::Iterator>(db_->NewIterator(options, families_[family])));
}

RocksdbDatabase::Walk::Walk(std::unique_ptr<rocksdb::Iterator> at) : at_(std::move(at)) {}
RocksdbDatabase::Walk::~Walk() = default;

void RocksdbDatabase::Walk::ToFirst() { at_->SeekToFirst(); }
void RocksdbDatabase::Walk::ToLast() { at_->SeekToLast(); }
void RocksdbDatabase::Walk::ToFirstFrom(absl::string_view key) { at_->Seek(ToSlice(key)); }
void RocksdbDatabase::Walk::ToLastUpTo(absl::string_view key) { at_->SeekForPrev(ToSlice(key)); }
void RocksdbDatabase::Walk::Next() { at_->Next(); }
void RocksdbDatabase::Walk::Previous() { at_->Prev(); }
bool RocksdbDatabase::Walk::Stands() const { return at_->Valid(); }
absl::Status RocksdbDatabase::Walk::status() const { return ToStatus(at_->status()); }
absl::string_view RocksdbDatabase::Walk::key() const { return ToView(at_->key()); }
absl::string_view RocksdbDatabase::Walk::value() const { return ToView(at_->value()); }

absl::Status RocksdbDatabase::AddFile(Family family, size_t count,
                                      absl::FunctionRef<void(size_t i, std::string* key, std::string* value)> entry) {
  if (count == 0) return absl::OkStatus();
  AMPSTREAM_RETURN_IF_ERROR(latch_->status());
  const std::string path = db_->GetName() + kUnfinishedFile;
  // One of this name that a crash has left may be part of the database already, under a second name: to write over it
  // would damage that.
  rocksdb::Env& files = *db_->GetEnv();
  absl::Status status = files.FileExists(path).ok() ? ToStatus(files.DeleteFile(path)) : absl::OkStatus();
  if (status.ok()) status = MakeFile(family, path, count, entry);
  if (status.ok()) {
    rocksdb::IngestExternalFileOptions options;
    options.move_files = true;
    options.snapshot_consistency = false;  // A walk may see the ids of the file early: they are in the log already.
    status = ToStatus(db_->IngestExternalFile(families_[family], {path}, options));
  }
  return status.ok() ? status : latch_->Fall(status);
}

absl::Status RocksdbDatabase::MakeFile(Family family, const std::string& path, size_t count,
                                       absl::FunctionRef<void(size_t i, std::string* key, std::string* value)> entry) {
  // What was written just now is what is asked for next: it stays in the system's cache.
  rocksdb::SstFileWriter writer(rocksdb::EnvOptions(), db_->GetOptions(families_[family]), families_[family],
                                /*invalidate_page_cache=*/false);
  rocksdb::Status status = writer.Open(path);
  std::string key;
  std::string value;
  for (size_t i = 0; i < count && status.ok(); ++i) {
    entry(i, &key, &value);
    status = writer.Put(key, value);
  }
  if (status.ok()) status = writer.Finish();
  return ToStatus(status);
}

void RocksdbDatabase::DeleteFilesBefore(Family family, absl::string_view end) {
  const rocksdb::Slice slice = ToSlice(end);
  const rocksdb::Status status =
      rocksdb::DeleteFilesInRange(db_.get(), families_[family], nullptr, &slice, /*include_end=*/false);
  if (!status.ok()) Log(Severity::kWarning, absl::StrCat("deleting what retention removed: ", status.ToString()));
}

}  // namespace ampstream
