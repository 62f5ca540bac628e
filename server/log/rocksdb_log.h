#ifndef AMPSTREAM_SERVER_LOG_ROCKSDB_LOG_H_
#define AMPSTREAM_SERVER_LOG_ROCKSDB_LOG_H_

#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/log/event_log.h"
#include "server/log/rocksdb_store.h"

namespace ampstream {

struct RocksdbLogOptions {
  RocksdbStore::Options store;
  absl::Duration duplicate_window = absl::Hours(7 * 24);  // Never longer than the store's max_age.
  int64_t max_waiting_bytes = 64 << 20;  // Of deliveries that wait to be committed; beyond it RESOURCE_EXHAUSTED.
};

// An EventLog on disk, in a folder that one process at a time may use: an append that is answered OK has been synced.
// Errors: those of RocksdbStore::Open. The clock must outlive the log.
absl::StatusOr<std::unique_ptr<EventLog>> OpenRocksdbLog(const RocksdbLogOptions& options, const Clock& clock);

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_LOG_ROCKSDB_LOG_H_
