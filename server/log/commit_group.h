#ifndef AMPSTREAM_SERVER_LOG_COMMIT_GROUP_H_
#define AMPSTREAM_SERVER_LOG_COMMIT_GROUP_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/event/cursor.h"
#include "server/event/event_id.h"
#include "server/event/new_event.h"
#include "server/event/position.h"
#include "server/log/chunk.h"
#include "server/log/chunk_builder.h"
#include "server/log/event_log.h"
#include "server/log/store.h"

namespace ampstream {

// The events that are committed together, while their chunk is made: gives each its position, (group << 16 | index),
// and tells what is there already. Thread-compatible.
class CommitGroup {
 public:
  static constexpr size_t kMaxEvents = (1 << 16) - 1;

  // The group after `newest`. An id of the store whose chunk has a log time before `window_start` is no duplicate. The
  // store must outlive this.
  CommitGroup(const Store& store, Epoch epoch, Position newest, absl::Time log_time, absl::Time window_start);

  // So many events, of so many encoded bytes in all, may be added: their memory is taken once.
  void Reserve(size_t events, size_t bytes) { builder_.Reserve(events, bytes); }

  // The events with these ids will be added, in this order: the store is asked at once which of them it has. An error:
  // it could not be asked, and the group is of no use.
  absl::Status Expect(const std::vector<EventId>& ids);

  // Adds the next event, unless it is there already.
  Appended Add(const NewEvent& event);

  bool empty() const { return keys_.empty(); }
  const std::vector<Store::Key>& keys() const { return keys_; }

  // The chunk; the group is used up.
  SharedChunk Build() && { return std::move(builder_).Build(last_, log_time_); }

 private:
  const Store& store_;
  const uint64_t first_;
  const absl::Time log_time_;
  const absl::Time window_start_;
  ChunkBuilder builder_;
  Position last_;
  Store::Positions in_store_;  // Of those that are expected.
  size_t added_ = 0;           // How many of them came.
  absl::flat_hash_map<EventId, Position> positions_;
  std::vector<Store::Key> keys_;
};

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_LOG_COMMIT_GROUP_H_
