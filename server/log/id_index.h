#ifndef AMPSTREAM_SERVER_LOG_ID_INDEX_H_
#define AMPSTREAM_SERVER_LOG_ID_INDEX_H_

#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "server/base/mutex.h"
#include "server/event/event_id.h"
#include "server/event/position.h"
#include "server/log/chunk.h"
#include "server/log/group_record.h"
#include "server/log/id_generations.h"
#include "server/log/rocksdb_database.h"
#include "server/log/store.h"

namespace ampstream {

// The index of a log's ids. Their keys are random, and putting each where it belongs as it comes costs more than all
// else that an append does. So a chunk's ids are written with it as one record, and the newest are kept in memory as
// well; once there are about half a million, a thread sorts them and hands them to RocksDB as one file. Opening reads
// the records of those that are in no such file yet. Seen by rocksdb_*.cc alone. Thread-safe, but for Added, which one
// thread calls.
class IdIndex {
 public:
  // Where the event of an id is.
  struct Place {
    Position position;
    absl::Time log_time;  // Of its chunk.
  };

  struct Options {
    int64_t max_bytes = 0;  // Of the log's retention, as max_age is: they decide when a generation of ids is over.
    absl::Duration max_age;
    size_t run_ids = 0;  // So many are kept in memory before they become a file.
  };

  // The database must outlive this.
  static absl::StatusOr<std::unique_ptr<IdIndex>> Open(RocksdbDatabase& database, const Options& options);

  ~IdIndex();

  // Puts the record of a chunk's ids into the batch with which the chunk is written.
  static void Put(const Chunk& chunk, const std::vector<Store::Key>& keys, RocksdbDatabase::Batch* batch);

  // That has been written: its ids are found from now on. `newest` is the chunk's own record; what is at or before
  // `removed` has left the log. May block while a file is being made and memory is short.
  void Added(const Chunk& chunk, const std::vector<Store::Key>& keys, const GroupRecord& newest, Position removed);

  // The newest place of each id; it may have left the log. Places before a log time may be passed over.
  absl::StatusOr<std::vector<absl::optional<Place>>> Find(absl::Span<const EventId> ids, absl::Time not_before) const;

 private:
  using Places = absl::flat_hash_map<EventId, Place>;

  // Ids that follow each other in the log, and will be a file.
  struct Run {
    Places places;
    absl::Time first_log_time;  // Of its first chunk.
    GroupRecord newest;         // Of its last chunk.
    Position removed;
  };

  IdIndex(RocksdbDatabase& database, const Options& options);
  absl::Status Load();
  absl::Status LoadRecent();
  void SealIfFull() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status FindIn(uint32_t generation, absl::Span<const EventId> ids, std::vector<size_t>* sought,
                      std::vector<absl::optional<Place>>* places) const;

  // Of the thread that makes files.
  void Loop();
  std::shared_ptr<const Run> NextRun() ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status MakeFile(const Run& run, uint32_t generation);
  absl::Status Finish(const Run& run);

  RocksdbDatabase& database_;
  const Options options_;

  mutable Mutex mutex_;
  CondVar work_;
  CondVar room_;
  Run recent_ ABSL_GUARDED_BY(mutex_);                                        // Grows.
  std::shared_ptr<const Run> sealed_ ABSL_GUARDED_BY(mutex_);                 // Is being made a file; null: none is.
  std::shared_ptr<const IdGenerations> generations_ ABSL_GUARDED_BY(mutex_);  // Of the files.
  GroupRecord filed_ ABSL_GUARDED_BY(mutex_);                                 // Ids up to here are in files.
  bool failed_ ABSL_GUARDED_BY(mutex_) = false;  // No file could be made; the database takes nothing any more.
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;

  std::thread thread_;  // Last: it uses all of the above.
};

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_LOG_ID_INDEX_H_
