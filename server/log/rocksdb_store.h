#ifndef AMPSTREAM_SERVER_LOG_ROCKSDB_STORE_H_
#define AMPSTREAM_SERVER_LOG_ROCKSDB_STORE_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "server/base/mutex.h"
#include "server/event/cursor.h"
#include "server/event/event_id.h"
#include "server/event/position.h"
#include "server/log/event_log.h"
#include "server/log/group_record.h"
#include "server/log/id_index.h"
#include "server/log/rocksdb_database.h"
#include "server/log/rocksdb_reader.h"
#include "server/log/store.h"

namespace rocksdb {
class Env;
}  // namespace rocksdb

namespace ampstream {

// Chunks on disk, in a RocksDB database of its own. What Add has answered OK is there after any crash, of the process
// or of the machine; opening reads nothing through, however large it is.
//
// On-disk format (its version is in the database), five column families:
//
//   default     names of what there is one of: format, epoch, what was removed so far, how far ids are in files
//   chunks      last position of a chunk                        -> the chunk (chunk_record.h)
//   groups      largest receive time so far, last position      -> what is in the log up to here (group_record.h)
//   recent_ids  last position of a chunk                        -> its ids (id_index.h)
//   ids         generation, event id                            -> position, log time of its chunk
//
// Removal moves the oldest place in steps of chunks, durably together with the next chunk; the files behind it are then
// deleted by a thread of the store, whole files only, so that no tombstone is ever written or read.
class RocksdbStore final : public Store {
 public:
  struct Options {
    std::string data_dir;                           // Made if it is not there; its parent must be there.
    int64_t max_bytes = 10LL << 30;                 // Of chunks' bytes; beyond it the oldest are removed.
    absl::Duration max_age = absl::Hours(168);      // By log time; what is older is removed.
    size_t recent_ids = (size_t{1} << 19) / 8 * 7;  // Ids kept in memory: as many as fill a hash table of 20 MiB.
    bool new_epoch = false;                         // Take a new identity: cursors given before are refused.
    rocksdb::Env* env = nullptr;  // For tests that let the disk fail; null: the real one. Must outlive the store.
  };

  // Opens the database in the folder, or makes it. INVALID_ARGUMENT: the folder cannot be used, or is in use by another
  // process, or holds another database, or a format that this version does not know. DATA_LOSS: it is damaged; the text
  // says where. UNAVAILABLE: the disk fails, or is full.
  static absl::StatusOr<std::unique_ptr<RocksdbStore>> Open(const Options& options);

  ~RocksdbStore() override;

  absl::StatusOr<Removed> Add(const SharedChunk& chunk, const std::vector<Key>& keys) override;
  absl::StatusOr<Removed> Trim(absl::Time now) override;
  absl::StatusOr<Positions> PositionsOf(absl::Span<const EventId> ids, absl::Time not_before) const override {
    return reader_->PositionsOf(ids, not_before);
  }
  absl::StatusOr<Position> Resolve(const StartAt& start) const override { return reader_->Resolve(start); }
  absl::StatusOr<ReadResult> Read(Position after, const ReadLimits& limits) const override {
    return reader_->Read(after, limits);
  }
  absl::StatusOr<std::string> Find(const EventId& id) const override { return reader_->Find(id); }
  LogInfo Info() const override;
  absl::Time log_time() const override;

 private:
  RocksdbStore(const Options& options, std::unique_ptr<RocksdbDatabase> database);
  absl::Status Load();
  absl::Status TakeFormat();
  absl::Status TakeEpoch();
  absl::Status TakeEnds();
  absl::Status PutMeta(absl::string_view name, absl::string_view value);
  RocksdbReader::Bounds bounds() const ABSL_LOCKS_EXCLUDED(mutex_);

  // Of the thread that adds.
  absl::StatusOr<Removed> Remove(const GroupRecord& newest, absl::Time now, RocksdbDatabase::Batch* batch);
  absl::StatusOr<bool> NextIsOver(const GroupRecord& newest, absl::Time now);
  absl::Status Commit(const GroupRecord& newest, RocksdbDatabase::Batch batch);
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
  CondVar work_;
  GroupRecord oldest_ ABSL_GUARDED_BY(mutex_);                    // As removed_.
  GroupRecord newest_ ABSL_GUARDED_BY(mutex_);                    // As oldest_, if the log is empty.
  absl::Time oldest_time_ ABSL_GUARDED_BY(mutex_);                // Receive time of the first event that is left.
  absl::optional<GroupRecord> cleaning_ ABSL_GUARDED_BY(mutex_);  // Files up to there are to be deleted.
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;

  std::thread cleaner_;  // Last: it uses all of the above.
};

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_LOG_ROCKSDB_STORE_H_
