#ifndef AMPSTREAM_SERVER_LOG_ROCKSDB_STORE_H_
#define AMPSTREAM_SERVER_LOG_ROCKSDB_STORE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "server/log/event_log.h"
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
    std::string data_dir;                       // Made if it is not there; its parent must be there.
    int64_t max_bytes = 10LL << 30;             // Of chunks' bytes; beyond it the oldest are removed.
    absl::Duration max_age = absl::Hours(168);  // By log time; what is older is removed.
    bool new_epoch = false;                     // Take a new identity: cursors given before are refused.
    rocksdb::Env* env = nullptr;  // For tests that let the disk fail; null: the real one. Must outlive the store.
  };

  // Opens the database in the folder, or makes it. INVALID_ARGUMENT: the folder cannot be used, or is in use by another
  // process, or holds another database, or a format that this version does not know. DATA_LOSS: it is damaged; the text
  // says where. UNAVAILABLE: the disk fails, or is full.
  static absl::StatusOr<std::unique_ptr<RocksdbStore>> Open(const Options& options);

  ~RocksdbStore() override;

  absl::StatusOr<Removed> Add(const SharedChunk& chunk, const std::vector<Key>& keys) override;
  absl::StatusOr<Removed> Trim(absl::Time now) override;
  absl::StatusOr<Positions> PositionsOf(absl::Span<const EventId> ids, absl::Time not_before) const override;
  absl::StatusOr<Position> Resolve(const StartAt& start) const override;
  absl::StatusOr<ReadResult> Read(Position after, const ReadLimits& limits) const override;
  absl::StatusOr<std::string> Find(const EventId& id) const override;
  LogInfo Info() const override;
  absl::Time log_time() const override;

 private:
  class Impl;

  explicit RocksdbStore(std::unique_ptr<Impl> impl);

  const std::unique_ptr<Impl> impl_;
};

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_LOG_ROCKSDB_STORE_H_
