#include "server/log/rocksdb_log.h"

#include <algorithm>
#include <utility>

#include "server/base/status_macros.h"
#include "server/log/group_commit_log.h"

namespace ampstream {
namespace {

// How often age is looked after: a hundredth of the retention, within reason.
constexpr absl::Duration kShortestTrimInterval = absl::Seconds(1);
constexpr absl::Duration kLongestTrimInterval = absl::Minutes(1);

}  // namespace

absl::StatusOr<std::unique_ptr<EventLog>> OpenRocksdbLog(const RocksdbLogOptions& options, const Clock& clock) {
  AMPSTREAM_ASSIGN_OR_RETURN(std::unique_ptr<RocksdbStore> store, RocksdbStore::Open(options.store));
  GroupCommitLog::Options log_options;
  log_options.duplicate_window = std::min(options.duplicate_window, options.store.max_age);
  log_options.max_waiting_bytes = options.max_waiting_bytes;
  log_options.trim_interval = std::clamp(options.store.max_age / 100, kShortestTrimInterval, kLongestTrimInterval);
  return std::make_unique<GroupCommitLog>(log_options, std::move(store), clock);
}

}  // namespace ampstream
