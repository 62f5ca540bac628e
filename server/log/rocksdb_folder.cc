#include "server/log/rocksdb_folder.h"

#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>
#include <rocksdb/options.h>
#include <rocksdb/sst_file_reader.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "server/base/logging.h"
#include "server/base/status_macros.h"
#include "server/log/rocksdb_records.h"

namespace ampstream {
namespace {

constexpr char kCurrent[] = "CURRENT";  // Names the MANIFEST, which names the tables.
constexpr char kWalSuffix[] = ".log";
constexpr char kTableSuffix[] = ".sst";

// Makes the folder, so that it is there also after a power cut.
absl::Status MakeFolder(const std::string& dir, rocksdb::FileSystem& files) {
  const rocksdb::IOOptions options;
  bool is_directory = false;
  if (files.IsDirectory(dir, options, &is_directory, nullptr).ok())
    return is_directory ? absl::OkStatus() : UnusableFolder(dir, "it is a file");
  rocksdb::IOStatus status = files.CreateDir(dir, options, nullptr);
  std::unique_ptr<rocksdb::FSDirectory> parent;
  if (status.ok()) status = files.NewDirectory(absl::StrCat(dir, "/.."), options, &parent, nullptr);
  if (status.ok()) status = parent->Fsync(options, nullptr);
  return status.ok() ? absl::OkStatus() : UnusableFolder(dir, absl::StrCat("it cannot be made: ", status.ToString()));
}

bool IsData(absl::string_view file) { return absl::EndsWith(file, kTableSuffix) || absl::EndsWith(file, kWalSuffix); }

bool Contains(const std::vector<std::string>& names, absl::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// Of `000012.log`. Not one of RocksDB's: 0.
uint64_t WalNumber(absl::string_view file) {
  uint64_t number = 0;
  return absl::ConsumeSuffix(&file, kWalSuffix) && absl::SimpleAtoi(file, &number) ? number : 0;
}

absl::Status CheckManifest(const std::string& dir, const std::vector<std::string>& children,
                           rocksdb::FileSystem& files) {
  std::string current;
  const std::string path = absl::StrCat(dir, "/", kCurrent);
  const rocksdb::Status status = rocksdb::ReadFileToString(&files, path, &current);
  if (!status.ok()) return absl::UnavailableError(absl::StrCat("disk: ", status.ToString()));
  const absl::string_view manifest = absl::StripSuffix(current, "\n");
  if (!absl::StartsWith(manifest, "MANIFEST-") || manifest.size() == current.size())
    return absl::DataLossError(absl::StrCat("damaged: ", path, " does not name a MANIFEST"));
  if (!Contains(children, manifest))
    return absl::DataLossError(absl::StrCat("damaged: ", dir, "/", manifest, " is missing"));
  return CheckRecords(absl::StrCat(dir, "/", manifest), /*may_be_torn=*/true, files);
}

absl::Status Theirs(const std::string& dir, absl::string_view why) {
  return UnusableFolder(dir, absl::StrCat("it holds a database of another program, or of a newer version of this one (",
                                          why, "): use that, or another folder"));
}

// One of the default family alone may be ours, if a crash came when it was made: then that is empty.
absl::Status CheckIsEmpty(const std::string& dir, const rocksdb::DBOptions& options) {
  rocksdb::DB* opened = nullptr;
  const rocksdb::Options all(options, rocksdb::ColumnFamilyOptions());
  const rocksdb::Status status = rocksdb::DB::OpenForReadOnly(all, dir, &opened);
  const std::unique_ptr<rocksdb::DB> database(opened);
  if (!status.ok()) return Theirs(dir, absl::StrCat("it cannot be read: ", status.ToString()));
  const std::unique_ptr<rocksdb::Iterator> at(database->NewIterator(rocksdb::ReadOptions()));
  at->SeekToFirst();
  return !at->Valid() && at->status().ok() ? absl::OkStatus() : Theirs(dir, "its tables are not those of a log");
}

absl::Status CheckOwner(const std::string& dir, const rocksdb::DBOptions& options,
                        const std::vector<std::string>& families) {
  std::vector<std::string> names;
  const rocksdb::Status status = rocksdb::DB::ListColumnFamilies(options, dir, &names);
  if (!status.ok()) return absl::DataLossError(absl::StrCat("damaged: the MANIFEST of ", dir, ": ", status.ToString()));
  for (const std::string& name : names) {
    if (!Contains(families, name)) return Theirs(dir, absl::StrCat("\"", name, "\" is not known here"));
  }
  return names.size() < families.size() ? CheckIsEmpty(dir, options) : absl::OkStatus();
}

absl::Status CheckWals(const std::string& dir, const std::vector<std::string>& children, rocksdb::FileSystem& files) {
  uint64_t newest = 0;
  for (const std::string& name : children) newest = std::max(newest, WalNumber(name));
  for (const std::string& name : children) {
    if (WalNumber(name) == 0) continue;
    AMPSTREAM_RETURN_IF_ERROR(CheckRecords(absl::StrCat(dir, "/", name), WalNumber(name) == newest, files));
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> CheckFolder(const std::string& dir, const rocksdb::DBOptions& options,
                                 const std::vector<std::string>& families) {
  rocksdb::FileSystem& files = *options.env->GetFileSystem();
  std::vector<std::string> children;
  const rocksdb::IOStatus status = files.GetChildren(dir, rocksdb::IOOptions(), &children, nullptr);
  if (!status.ok()) return UnusableFolder(dir, status.ToString());
  if (Contains(children, kCurrent)) {
    AMPSTREAM_RETURN_IF_ERROR(CheckManifest(dir, children, files));
    AMPSTREAM_RETURN_IF_ERROR(CheckOwner(dir, options, families));
    AMPSTREAM_RETURN_IF_ERROR(CheckWals(dir, children, files));
    return true;
  }
  // RocksDB would make a new database here, and delete what it does not know.
  if (std::any_of(children.begin(), children.end(), IsData)) {
    return UnusableFolder(dir,
                          "it holds parts of a log, but the file CURRENT is missing: restore it from a whole copy");
  }
  return false;
}

absl::Status NotLocked(const std::string& dir, const rocksdb::IOStatus& status) {
  const std::string text = status.ToString();
  return UnusableFolder(dir, absl::StrContains(text, "open a file for lock") ? text : "another process uses it");
}

}  // namespace

absl::Status UnusableFolder(const std::string& dir, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("the folder of the log, ", dir, ", cannot be used: ", why));
}

absl::StatusOr<bool> PrepareFolder(const std::string& dir, const rocksdb::DBOptions& options,
                                   const std::vector<std::string>& families) {
  rocksdb::FileSystem& files = *options.env->GetFileSystem();
  AMPSTREAM_RETURN_IF_ERROR(MakeFolder(dir, files));
  // RocksDB's own lock, which it takes when it opens: what looks like a cut write may be one that is under way.
  rocksdb::FileLock* lock = nullptr;
  const rocksdb::IOOptions io;
  const rocksdb::IOStatus status = files.LockFile(absl::StrCat(dir, "/LOCK"), io, &lock, nullptr);
  if (!status.ok()) return NotLocked(dir, status);
  absl::StatusOr<bool> has_database = CheckFolder(dir, options, families);
  const rocksdb::IOStatus unlocked = files.UnlockFile(lock, io, nullptr);
  if (!unlocked.ok()) Log(Severity::kWarning, absl::StrCat("unlocking the log: ", unlocked.ToString()));
  return has_database;
}

std::string DamagedTablesIn(const std::string& dir, rocksdb::Env& env) {
  std::vector<std::string> children;
  std::string said;
  if (!env.GetChildren(dir, &children).ok()) return said;
  rocksdb::Options options;
  options.env = &env;
  for (const std::string& name : children) {
    if (!absl::EndsWith(name, kTableSuffix)) continue;
    const rocksdb::Status status = rocksdb::SstFileReader(options).Open(absl::StrCat(dir, "/", name));
    if (!status.ok()) absl::StrAppend(&said, "; damaged is ", dir, "/", name, ": ", status.ToString());
  }
  return said;
}

}  // namespace ampstream
