#ifndef AMPSTREAM_SERVER_LOG_MEMORY_STORE_H_
#define AMPSTREAM_SERVER_LOG_MEMORY_STORE_H_

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "server/base/mutex.h"
#include "server/event/cursor.h"
#include "server/event/event_id.h"
#include "server/event/position.h"
#include "server/log/chunk.h"
#include "server/log/event_log.h"
#include "server/log/store.h"

namespace ampstream {

// Chunks in memory; the oldest are removed beyond a size, never the newest. Thread-safe.
class MemoryStore final : public Store {
 public:
  // `max_bytes`: of the chunks' bytes and of what the index takes.
  MemoryStore(Epoch epoch, int64_t max_bytes);

  // Never fails.
  absl::StatusOr<Removed> Add(const SharedChunk& chunk, const std::vector<Key>& keys) override;
  absl::StatusOr<Removed> Trim(absl::Time) override { return Removed(); }  // Add has kept it within its size.
  absl::StatusOr<Positions> PositionsOf(absl::Span<const EventId> ids, absl::Time not_before) const override;
  absl::StatusOr<Position> Resolve(const StartAt& start) const override;
  absl::StatusOr<ReadResult> Read(Position after, const ReadLimits& limits) const override;
  absl::StatusOr<std::string> Find(const EventId& id) const override;
  LogInfo Info() const override;
  absl::Time log_time() const override;

 private:
  struct Stored {
    SharedChunk chunk;
    std::vector<Key> keys;
    absl::Time newest_receive_time;  // The running maximum, over this chunk and all before it.
  };
  struct Place {
    Position position;
    absl::Time log_time;
  };

  std::deque<Stored>::const_iterator FirstAfter(Position position) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Position BeforeLast(const StartAtLastN& last) const ABSL_LOCKS_EXCLUDED(mutex_);
  Position BeforeTime(absl::Time time) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void RemoveOldest() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Epoch epoch_;
  const int64_t max_bytes_;

  mutable Mutex mutex_;
  std::deque<Stored> stored_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<EventId, Place> index_ ABSL_GUARDED_BY(mutex_);
  Position oldest_ ABSL_GUARDED_BY(mutex_);
  Position newest_ ABSL_GUARDED_BY(mutex_);
  int64_t events_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;   // Of the chunks' bytes.
  int64_t memory_ ABSL_GUARDED_BY(mutex_) = 0;  // Of all that a chunk takes, the index included.
};

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_LOG_MEMORY_STORE_H_
