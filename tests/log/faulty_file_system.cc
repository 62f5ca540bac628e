#include "tests/log/faulty_file_system.h"

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <ios>
#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "server/base/mutex.h"

namespace ampstream {
namespace {

namespace fs = std::filesystem;

using ::rocksdb::IOStatus;
using ::rocksdb::Slice;

// One spelling for each path, without a slash at the end.
std::string Normal(const std::string& path) {
  fs::path normal = fs::path(path).lexically_normal();
  return normal.has_filename() ? normal.string() : normal.parent_path().string();
}

std::string FolderOf(const std::string& path) { return fs::path(path).parent_path().string(); }

size_t KindOf(const std::string& path) {
  using Kind = FaultyFileSystem::Kind;
  const std::string name = fs::path(path).filename().string();
  Kind kind = Kind::kOther;
  if (absl::EndsWith(name, ".log")) kind = Kind::kWal;
  if (absl::EndsWith(name, ".sst")) kind = Kind::kTable;
  if (absl::StartsWith(name, "MANIFEST-")) kind = Kind::kManifest;
  return static_cast<size_t>(kind);
}

// As RocksDB makes it of ENOSPC.
IOStatus NoSpace(const std::string& path) {
  IOStatus status = IOStatus::NoSpace("no space left on device", path);
  status.SetRetryable(true);
  return status;
}

IOStatus NoPower() { return IOStatus::IOError("the power is lost"); }

// True once, when so many good ones have passed.
bool Due(absl::optional<int64_t>* good) {
  if (!good->has_value() || (**good)-- > 0) return false;
  good->reset();
  return true;
}

}  // namespace

// The files as they stand on disk, with what of that is durable. Thread-safe: one change at a time, so that a loss of
// power has a place between two of them.
class FaultyFileSystem::Disk {
 public:
  using Call = absl::FunctionRef<IOStatus()>;
  using Write = absl::FunctionRef<IOStatus(const Slice&)>;

  IOStatus Append(const std::string& path, const Slice& data, Write write) {
    MutexLock lock(&mutex_);
    if (!CountChange()) return NoPower();
    Faults& faults = faults_[KindOf(path)];
    if (faults.no_space) return Failed(NoSpace(path));
    if (Due(&faults.append)) return Failed(IOStatus::IOError("an append fails on command", path));
    if (Due(&faults.partial_append)) {
      AppendGood(path, Slice(data.data(), data.size() / 2), write).PermitUncheckedError();
      return Failed(IOStatus::IOError("an append is cut short on command", path));
    }
    return AppendGood(path, data, write);
  }

  IOStatus Sync(const std::string& path) {
    MutexLock lock(&mutex_);
    if (!CountChange()) return NoPower();
    if (Due(&faults_[KindOf(path)].sync)) return Failed(IOStatus::IOError("a sync fails on command", path));
    const auto file = files_.find(path);
    if (file != files_.end()) file->second->synced = file->second->size;
    return IOStatus::OK();
  }

  IOStatus Truncate(const std::string& path, uint64_t size, Call truncate) {
    MutexLock lock(&mutex_);
    if (!CountChange()) return NoPower();
    const auto file = files_.find(path);
    if (file != files_.end()) {
      file->second->size = size;
      file->second->synced = std::min(file->second->synced, size);
    }
    return truncate();
  }

  // Makes a file, in the place of one that may be there.
  IOStatus Create(const std::string& path, Call create) {
    return ChangeName({NameChange::What::kCreate, path, "", Contents(path)}, create);
  }

  // Opens a file that may be there, to write on at its end.
  IOStatus Reopen(const std::string& path, Call reopen) {
    if (!fs::exists(path)) return Create(path, reopen);
    MutexLock lock(&mutex_);
    if (!CountChange()) return NoPower();
    const uint64_t size = fs::file_size(path);
    if (files_.count(path) == 0) files_[path] = std::make_shared<File>(File{size, size});
    return reopen();
  }

  IOStatus Delete(const std::string& path, Call remove) {
    return ChangeName({NameChange::What::kDelete, path, "", Contents(path)}, remove);
  }

  IOStatus Rename(const std::string& from, const std::string& to, Call rename) {
    return ChangeName({NameChange::What::kRename, to, from, Contents(to)}, rename);
  }

  // Gives a file a second name, where there is none of that name.
  IOStatus Link(const std::string& from, const std::string& to, Call link) {
    return ChangeName({NameChange::What::kLink, to, from, absl::nullopt}, link);
  }

  IOStatus MakeFolder(const std::string& path, Call make) {
    if (fs::exists(path)) return make();
    return ChangeName({NameChange::What::kMakeFolder, path, "", absl::nullopt}, make);
  }

  IOStatus SyncFolder(const std::string& folder) {
    MutexLock lock(&mutex_);
    if (!CountChange()) return NoPower();
    const auto is_in_it = [&](const NameChange& change) { return FolderOf(change.path) == folder; };
    names_.erase(std::remove_if(names_.begin(), names_.end(), is_in_it), names_.end());
    return IOStatus::OK();
  }

  // Any other change of which nothing is remembered.
  IOStatus Other(Call change) {
    MutexLock lock(&mutex_);
    return CountChange() ? change() : NoPower();
  }

  void FailSync(Kind kind, int good) {
    MutexLock lock(&mutex_);
    faults_[static_cast<size_t>(kind)].sync = good;
  }

  void FailAppend(Kind kind, int good, bool partly) {
    MutexLock lock(&mutex_);
    Faults& faults = faults_[static_cast<size_t>(kind)];
    (partly ? faults.partial_append : faults.append) = good;
  }

  void SetNoSpace(Kind kind, bool no_space) {
    MutexLock lock(&mutex_);
    faults_[static_cast<size_t>(kind)].no_space = no_space;
  }

  void LosePowerAfter(int64_t good) {
    MutexLock lock(&mutex_);
    power_left_ = good;
  }

  void RestorePower(uint32_t seed) {
    MutexLock lock(&mutex_);
    std::mt19937 random(seed);
    std::set<const File*> cut;  // One that has two names is cut once.
    for (const auto& [path, file] : files_) {
      if (fs::exists(path) && cut.insert(file.get()).second) fs::resize_file(path, KeptOf(*file, &random));
    }
    const size_t kept = std::uniform_int_distribution<size_t>(0, names_.size())(random);
    while (names_.size() > kept) {
      Undo(names_.back());
      names_.pop_back();
    }
    names_.clear();
    files_.clear();
    power_left_.reset();
    power_lost_ = false;
  }

  int failures() const {
    MutexLock lock(&mutex_);
    return failures_;
  }

  int64_t changes() const {
    MutexLock lock(&mutex_);
    return changes_;
  }

  bool power_lost() const {
    MutexLock lock(&mutex_);
    return power_lost_;
  }

 private:
  struct Faults {
    absl::optional<int64_t> sync;  // So many good ones first; absent: none fails.
    absl::optional<int64_t> append;
    absl::optional<int64_t> partial_append;
    bool no_space = false;
  };
  struct File {
    uint64_t size = 0;
    uint64_t synced = 0;
  };
  // A change of a folder's entries that is not durable yet.
  struct NameChange {
    enum class What { kCreate, kDelete, kRename, kLink, kMakeFolder } what;
    std::string path;
    std::string from;                    // Of a rename or a second name.
    absl::optional<std::string> before;  // What the file at `path` durably held, if there was one.
  };

  // False: there is no power for it.
  bool CountChange() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (Due(&power_left_)) power_lost_ = true;
    if (!power_lost_) ++changes_;
    return !power_lost_;
  }

  IOStatus Failed(IOStatus status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    ++failures_;
    return status;
  }

  IOStatus AppendGood(const std::string& path, const Slice& data, Write write) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const auto file = files_.find(path);
    if (file != files_.end()) file->second->size += data.size();
    return write(data);
  }

  IOStatus ChangeName(NameChange change, Call call) {
    MutexLock lock(&mutex_);
    if (!CountChange()) return NoPower();
    IOStatus status = call();
    if (!status.ok()) return status;
    MoveFile(change);
    names_.push_back(std::move(change));
    return status;
  }

  // Keeps what is known of files with their names.
  void MoveFile(const NameChange& change) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    using What = NameChange::What;
    files_.erase(change.path);
    if (change.what == What::kCreate) files_[change.path] = std::make_shared<File>();
    if (change.what != What::kRename && change.what != What::kLink) return;
    const auto file = files_.find(change.from);
    if (file == files_.end()) return;
    files_[change.path] = file->second;
    if (change.what == What::kRename) files_.erase(change.from);
  }

  // What a file durably holds. Absent: there is none.
  absl::optional<std::string> Contents(const std::string& path) const {
    MutexLock lock(&mutex_);
    if (!fs::exists(path)) return absl::nullopt;
    const auto file = files_.find(path);
    std::string contents(file == files_.end() ? fs::file_size(path) : file->second->synced, '\0');
    std::ifstream stream(path, std::ios::binary);
    stream.read(contents.data(), static_cast<std::streamsize>(contents.size()));
    contents.resize(static_cast<size_t>(stream.gcount()));
    return contents;
  }

  // Nothing of what was not synced, all of it, or a part, each a third of the time.
  static uint64_t KeptOf(const File& file, std::mt19937* random) {
    switch (std::uniform_int_distribution<int>(0, 2)(*random)) {
      case 0:
        return file.synced;
      case 1:
        return file.size;
      default:
        return std::uniform_int_distribution<uint64_t>(file.synced, file.size)(*random);
    }
  }

  static void Undo(const NameChange& change) {
    if (change.what == NameChange::What::kRename) {
      fs::rename(change.path, change.from);
    } else {
      fs::remove_all(change.path);
    }
    if (change.before.has_value()) std::ofstream(change.path, std::ios::binary) << *change.before;
  }

  mutable Mutex mutex_;
  std::array<Faults, kKinds> faults_ ABSL_GUARDED_BY(mutex_);
  int failures_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t changes_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::optional<int64_t> power_left_ ABSL_GUARDED_BY(mutex_);  // So many changes more; absent: for ever.
  bool power_lost_ ABSL_GUARDED_BY(mutex_) = false;
  // By each of their names, those that are written; all others are durable as they are.
  std::map<std::string, std::shared_ptr<File>> files_ ABSL_GUARDED_BY(mutex_);
  std::vector<NameChange> names_ ABSL_GUARDED_BY(mutex_);  // In the order in which they were made.
};

class FaultyFileSystem::WritableFile final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  WritableFile(std::string path, std::unique_ptr<rocksdb::FSWritableFile> file, std::shared_ptr<Disk> disk)
      : FSWritableFileOwnerWrapper(std::move(file)), path_(std::move(path)), disk_(std::move(disk)) {}

  IOStatus Append(const Slice& data, const rocksdb::IOOptions& options, rocksdb::IODebugContext* dbg) override {
    return disk_->Append(path_, data, [&](const Slice& part) { return target()->Append(part, options, dbg); });
  }
  IOStatus Append(const Slice& data, const rocksdb::IOOptions& options, const rocksdb::DataVerificationInfo&,
                  rocksdb::IODebugContext* dbg) override {
    return Append(data, options, dbg);
  }
  // Of direct I/O, whose rewritten sectors are not modelled here.
  IOStatus PositionedAppend(const Slice&, uint64_t, const rocksdb::IOOptions&, rocksdb::IODebugContext*) override {
    return IOStatus::NotSupported("direct I/O");
  }
  IOStatus PositionedAppend(const Slice&, uint64_t, const rocksdb::IOOptions&, const rocksdb::DataVerificationInfo&,
                            rocksdb::IODebugContext*) override {
    return IOStatus::NotSupported("direct I/O");
  }
  IOStatus Truncate(uint64_t size, const rocksdb::IOOptions& options, rocksdb::IODebugContext* dbg) override {
    return disk_->Truncate(path_, size, [&] { return target()->Truncate(size, options, dbg); });
  }
  IOStatus Sync(const rocksdb::IOOptions&, rocksdb::IODebugContext*) override { return disk_->Sync(path_); }
  IOStatus Fsync(const rocksdb::IOOptions&, rocksdb::IODebugContext*) override { return disk_->Sync(path_); }
  // A hint to the disk; makes nothing durable.
  IOStatus RangeSync(uint64_t, uint64_t, const rocksdb::IOOptions&, rocksdb::IODebugContext*) override {
    return IOStatus::OK();
  }

 private:
  const std::string path_;
  const std::shared_ptr<Disk> disk_;
};

class FaultyFileSystem::Folder final : public rocksdb::FSDirectoryWrapper {
 public:
  Folder(std::string path, std::unique_ptr<rocksdb::FSDirectory> folder, std::shared_ptr<Disk> disk)
      : FSDirectoryWrapper(std::move(folder)), path_(std::move(path)), disk_(std::move(disk)) {}

  IOStatus Fsync(const rocksdb::IOOptions&, rocksdb::IODebugContext*) override { return disk_->SyncFolder(path_); }
  IOStatus FsyncWithDirOptions(const rocksdb::IOOptions&, rocksdb::IODebugContext*,
                               const rocksdb::DirFsyncOptions&) override {
    return disk_->SyncFolder(path_);
  }

 private:
  const std::string path_;
  const std::shared_ptr<Disk> disk_;
};

class FaultyFileSystem::Files final : public rocksdb::FileSystemWrapper {
 public:
  using IOOptions = rocksdb::IOOptions;
  using FileOptions = rocksdb::FileOptions;
  using DebugContext = rocksdb::IODebugContext;

  explicit Files(std::shared_ptr<Disk> disk)
      : FileSystemWrapper(rocksdb::FileSystem::Default()), disk_(std::move(disk)) {}

  const char* Name() const override { return "FaultyFileSystem"; }

  IOStatus NewWritableFile(const std::string& path, const FileOptions& options,
                           std::unique_ptr<rocksdb::FSWritableFile>* file, DebugContext* dbg) override {
    return Watched(path, file,
                   disk_->Create(Normal(path), [&] { return target()->NewWritableFile(path, options, file, dbg); }));
  }
  IOStatus ReopenWritableFile(const std::string& path, const FileOptions& options,
                              std::unique_ptr<rocksdb::FSWritableFile>* file, DebugContext* dbg) override {
    return Watched(path, file,
                   disk_->Reopen(Normal(path), [&] { return target()->ReopenWritableFile(path, options, file, dbg); }));
  }
  // Of recycled files, in which old bytes stand where a cut would be: not modelled here.
  IOStatus ReuseWritableFile(const std::string&, const std::string&, const FileOptions&,
                             std::unique_ptr<rocksdb::FSWritableFile>*, DebugContext*) override {
    return IOStatus::NotSupported("recycled files");
  }
  IOStatus NewDirectory(const std::string& path, const IOOptions& options,
                        std::unique_ptr<rocksdb::FSDirectory>* folder, DebugContext* dbg) override {
    IOStatus status = target()->NewDirectory(path, options, folder, dbg);
    if (status.ok()) *folder = std::make_unique<Folder>(Normal(path), std::move(*folder), disk_);
    return status;
  }
  IOStatus CreateDir(const std::string& path, const IOOptions& options, DebugContext* dbg) override {
    return disk_->MakeFolder(Normal(path), [&] { return target()->CreateDir(path, options, dbg); });
  }
  IOStatus CreateDirIfMissing(const std::string& path, const IOOptions& options, DebugContext* dbg) override {
    return disk_->MakeFolder(Normal(path), [&] { return target()->CreateDirIfMissing(path, options, dbg); });
  }
  IOStatus DeleteDir(const std::string& path, const IOOptions& options, DebugContext* dbg) override {
    return disk_->Other([&] { return target()->DeleteDir(path, options, dbg); });
  }
  IOStatus DeleteFile(const std::string& path, const IOOptions& options, DebugContext* dbg) override {
    return disk_->Delete(Normal(path), [&] { return target()->DeleteFile(path, options, dbg); });
  }
  IOStatus Truncate(const std::string& path, size_t size, const IOOptions& options, DebugContext* dbg) override {
    return disk_->Truncate(Normal(path), size, [&] { return target()->Truncate(path, size, options, dbg); });
  }
  IOStatus RenameFile(const std::string& from, const std::string& to, const IOOptions& options,
                      DebugContext* dbg) override {
    return disk_->Rename(Normal(from), Normal(to), [&] { return target()->RenameFile(from, to, options, dbg); });
  }
  IOStatus LinkFile(const std::string& from, const std::string& to, const IOOptions& options,
                    DebugContext* dbg) override {
    return disk_->Link(Normal(from), Normal(to), [&] { return target()->LinkFile(from, to, options, dbg); });
  }

 private:
  IOStatus Watched(const std::string& path, std::unique_ptr<rocksdb::FSWritableFile>* file, IOStatus status) {
    if (status.ok()) *file = std::make_unique<WritableFile>(Normal(path), std::move(*file), disk_);
    return status;
  }

  const std::shared_ptr<Disk> disk_;
};

FaultyFileSystem::FaultyFileSystem()
    : disk_(std::make_shared<Disk>()), env_(rocksdb::NewCompositeEnv(std::make_shared<Files>(disk_))) {}

FaultyFileSystem::~FaultyFileSystem() = default;

rocksdb::Env* FaultyFileSystem::env() const { return env_.get(); }
void FaultyFileSystem::FailSync(Kind kind, int good) { disk_->FailSync(kind, good); }
void FaultyFileSystem::FailAppend(Kind kind, int good) { disk_->FailAppend(kind, good, false); }
void FaultyFileSystem::FailAppendPartly(Kind kind, int good) { disk_->FailAppend(kind, good, true); }
void FaultyFileSystem::SetNoSpace(Kind kind, bool no_space) { disk_->SetNoSpace(kind, no_space); }
int FaultyFileSystem::failures() const { return disk_->failures(); }
int64_t FaultyFileSystem::changes() const { return disk_->changes(); }
void FaultyFileSystem::LosePowerAfter(int64_t good) { disk_->LosePowerAfter(good); }
bool FaultyFileSystem::power_lost() const { return disk_->power_lost(); }
void FaultyFileSystem::RestorePower(uint32_t seed) { disk_->RestorePower(seed); }

}  // namespace ampstream
