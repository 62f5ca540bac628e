#ifndef AMPSTREAM_SERVER_LOG_MEMORY_LOG_H_
#define AMPSTREAM_SERVER_LOG_MEMORY_LOG_H_

#include <cstdint>
#include <memory>

#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/log/group_commit_log.h"
#include "server/log/memory_store.h"

namespace ampstream {

// An EventLog in memory, for tests and trials: lost when the process ends, bounded by a size beyond which the oldest
// events are removed. Thread-safe.
class MemoryLog final : public GroupCommitLog {
 public:
  struct Options {
    int64_t max_bytes = 64 << 20;  // Of events and their index.
    absl::Duration duplicate_window = absl::Hours(7 * 24);
    int64_t max_waiting_bytes = 64 << 20;  // Of deliveries that wait to be committed; beyond it RESOURCE_EXHAUSTED.
  };

  // The clock must outlive the log.
  MemoryLog(const Options& options, const Clock& clock)
      : GroupCommitLog({options.duplicate_window, options.max_waiting_bytes, absl::InfiniteDuration()},
                       std::make_unique<MemoryStore>(Epoch::Random(), options.max_bytes), clock) {}
};

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_LOG_MEMORY_LOG_H_
