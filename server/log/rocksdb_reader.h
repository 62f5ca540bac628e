#ifndef AMPSTREAM_SERVER_LOG_ROCKSDB_READER_H_
#define AMPSTREAM_SERVER_LOG_ROCKSDB_READER_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "server/event/cursor.h"
#include "server/event/event_id.h"
#include "server/event/position.h"
#include "server/log/event_log.h"
#include "server/log/group_record.h"
#include "server/log/id_index.h"
#include "server/log/rocksdb_database.h"
#include "server/log/store.h"

namespace ampstream {

// What is asked of the database of a log, within the part of it that is in the log now. What is missing there is
// DATA_LOSS, never passed over. Seen by rocksdb_*.cc alone. Thread-safe.
class RocksdbReader {
 public:
  // The part of the database that is in the log.
  struct Bounds {
    GroupRecord oldest;  // The last that was removed.
    GroupRecord newest;
  };

  // `bounds` is asked for once or twice a call. Database and index must outlive this.
  RocksdbReader(const RocksdbDatabase& database, const IdIndex& ids, Epoch epoch, std::function<Bounds()> bounds);

  // As of Store.
  absl::StatusOr<Store::Positions> PositionsOf(absl::Span<const EventId> ids, absl::Time not_before) const;
  absl::StatusOr<Position> Resolve(const StartAt& start) const;
  absl::StatusOr<ReadResult> Read(Position after, const ReadLimits& limits) const;
  absl::StatusOr<std::string> Find(const EventId& id) const;

  // The first records after this one, at most so many.
  absl::StatusOr<std::vector<GroupRecord>> GroupsAfter(const GroupRecord& record, size_t max) const;

  // The last record there is; nothing: there is none.
  absl::StatusOr<absl::optional<GroupRecord>> LastGroup() const;

 private:
  absl::Status ReadChunks(const Bounds& bounds, const ReadLimits& limits, ReadResult* result) const;
  absl::StatusOr<Position> BeforeTime(absl::Time time, const Bounds& bounds) const;
  absl::StatusOr<Position> BeforeLast(const StartAtLastN& last, const Bounds& bounds) const;
  absl::StatusOr<Position> BeforeLastOfAll(uint32_t n, const Bounds& bounds) const;

  const RocksdbDatabase& database_;
  const IdIndex& ids_;
  const Epoch epoch_;
  const std::function<Bounds()> bounds_;
};

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_LOG_ROCKSDB_READER_H_
