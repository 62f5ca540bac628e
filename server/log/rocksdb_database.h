#ifndef AMPSTREAM_SERVER_LOG_ROCKSDB_DATABASE_H_
#define AMPSTREAM_SERVER_LOG_ROCKSDB_DATABASE_H_

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace rocksdb {
class ColumnFamilyHandle;
class DB;
class Env;
class Iterator;
class WriteBatch;
}  // namespace rocksdb

namespace ampstream {

// A RocksDB database as the log needs it: its column families, its settings, and a latch. RocksDB would go on by itself
// after a failed sync or a full disk, as if nothing had been lost; here the first failure is the last: every later
// write fails with it, until the database is opened anew. Its errors are DATA_LOSS (damaged: the text says where) and
// UNAVAILABLE (the disk fails, or is full). Seen by rocksdb_*.cc alone. Thread-safe.
class RocksdbDatabase {
 public:
  enum Family { kMeta, kChunks, kGroups, kRecentIds, kIds };
  static constexpr size_t kFamilies = 5;

  // Opens the database in the folder, or makes it. Errors: as of RocksdbStore::Open.
  static absl::StatusOr<std::unique_ptr<RocksdbDatabase>> Open(const std::string& dir, rocksdb::Env* env);

  ~RocksdbDatabase();

  // What is written together. Thread-compatible.
  class Batch {
   public:
    // About so many bytes will be put.
    Batch(const RocksdbDatabase& database, size_t bytes);
    Batch(Batch&&) noexcept;
    ~Batch();

    // The value is the one part after the other.
    void Put(Family family, absl::string_view key, absl::string_view value, absl::string_view value_rest = "");

   private:
    friend class RocksdbDatabase;
    const RocksdbDatabase& database_;
    std::unique_ptr<rocksdb::WriteBatch> batch_;
    absl::Status status_;  // Of the first Put that failed.
  };

  // All of the batch, synced, or an error: not known to be there, and the latch has fallen.
  absl::Status Write(Batch batch);

  // Nothing: there is no such key.
  absl::StatusOr<absl::optional<std::string>> Get(Family family, absl::string_view key) const;

  // Calls `found` for each of the keys that is there, until it returns false. The keys must be in order.
  absl::Status GetEach(Family family, const std::vector<absl::string_view>& keys,
                       absl::FunctionRef<bool(size_t i, absl::string_view value)> found) const;

  // A walk over the keys of a family in their order, as they were when it began. It must not outlive the database.
  // Thread-compatible.
  class Walk {
   public:
    ~Walk();

    void ToFirst();
    void ToLast();
    void ToFirstFrom(absl::string_view key);  // That key, or the next.
    void ToLastUpTo(absl::string_view key);   // That key, or the one before.
    void Next();
    void Previous();

    // Whether it stands at a key. False: there is no more, or, if status() is not OK, no more could be read.
    bool Stands() const;
    absl::Status status() const;
    absl::string_view key() const;  // Valid until the walk goes on.
    absl::string_view value() const;

   private:
    friend class RocksdbDatabase;
    explicit Walk(std::unique_ptr<rocksdb::Iterator> at);
    const std::unique_ptr<rocksdb::Iterator> at_;
  };

  // `fill_cache`: what is read is likely to be read again.
  Walk Begin(Family family, bool fill_cache) const;

  // Adds `count` keys, in their order, as a file of their own, past the log and the memory of RocksDB: many at once
  // cost least so. `entry` is asked for each once. An error: as of Write. One thread at a time.
  absl::Status AddFile(Family family, size_t count,
                       absl::FunctionRef<void(size_t i, std::string* key, std::string* value)> entry);

  // Deletes the files all of whose keys are below `end`. What cannot be deleted now is another time.
  void DeleteFilesBefore(Family family, absl::string_view end);

 private:
  class Latch;

  RocksdbDatabase();
  absl::Status OpenIn(const std::string& dir, rocksdb::Env* env);

  absl::Status MakeFile(Family family, const std::string& path, size_t count,
                        absl::FunctionRef<void(size_t i, std::string* key, std::string* value)> entry);

  const std::shared_ptr<Latch> latch_;
  std::unique_ptr<rocksdb::DB> db_;
  std::array<rocksdb::ColumnFamilyHandle*, kFamilies> families_ = {};
};

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_LOG_ROCKSDB_DATABASE_H_
