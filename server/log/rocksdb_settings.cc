#include "server/log/rocksdb_settings.h"

#include <rocksdb/cache.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/options.h>
#include <rocksdb/table.h>

namespace ampstream {
namespace {

constexpr size_t kIdBufferBytes = 1 << 20;  // They come as files.
constexpr size_t kMetaBufferBytes = 1 << 20;
constexpr size_t kIdFileBytes = 64 << 20;  // Few files, since each is asked.
constexpr int kNeverFiles = 1 << 20;
constexpr int kIdFilesBeforeMerge = 4;  // Each file is asked for an id; merging them is what costs.
constexpr size_t kBlockCacheBytes = 32 << 20;
constexpr uint64_t kMaxWalBytes = 192 << 20;  // Also what is replayed at most when the log is opened.
constexpr double kBitsPerId = 16;             // One id in a thousand that is not there costs a read.

rocksdb::ColumnFamilyOptions FamilySettings(size_t write_buffer_bytes, const rocksdb::BlockBasedTableOptions& table) {
  rocksdb::ColumnFamilyOptions options;
  options.write_buffer_size = write_buffer_bytes;
  options.max_write_buffer_number = 3;
  // Files that wait to be merged make looking for an id slower; they are no reason to hold up a write.
  options.level0_slowdown_writes_trigger = kNeverFiles;
  options.level0_stop_writes_trigger = kNeverFiles;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

}  // namespace

rocksdb::DBOptions DatabaseSettings(rocksdb::Env* env) {
  rocksdb::DBOptions options;
  options.env = env;
  options.create_missing_column_families = true;
  // The default, point in time, opens with half of what was answered after one flipped byte, and says nothing.
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  options.recycle_log_file_num = 0;                  // That mode needs it.
  options.track_and_verify_wals_in_manifest = true;  // One that is missing, or cut, would pass in silence.
  options.max_bgerror_resume_count = 0;
  options.max_total_wal_size = kMaxWalBytes;
  options.max_background_jobs = 3;  // One flushes, one moves files down, one may be busy merging ids for long.
  options.max_open_files = -1;
  options.skip_stats_update_on_db_open = true;  // Nothing is read through on opening.
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  options.bytes_per_sync = 1 << 20;  // A flushed file goes to disk little by little: else one large sync holds up ours.
  return options;
}

rocksdb::ColumnFamilyOptions OrderedFamilySettings(size_t write_buffer_bytes) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(kBlockCacheBytes / 4);
  rocksdb::ColumnFamilyOptions options = FamilySettings(write_buffer_bytes, table);
  options.target_file_size_base = write_buffer_bytes;  // Files are moved down as they are, never merged.
  options.compression = rocksdb::kLZ4Compression;      // Events resemble each other; and what is written is what costs.
  return options;
}

rocksdb::ColumnFamilyOptions IdFamilySettings() {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(kBlockCacheBytes);
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(kBitsPerId));
  rocksdb::ColumnFamilyOptions options = FamilySettings(kIdBufferBytes, table);
  options.compression = rocksdb::kNoCompression;  // Random bytes.
  options.target_file_size_base = kIdFileBytes;
  options.level0_file_num_compaction_trigger = kIdFilesBeforeMerge;
  return options;
}

rocksdb::ColumnFamilyOptions MetaFamilySettings() {
  return FamilySettings(kMetaBufferBytes, rocksdb::BlockBasedTableOptions());
}

}  // namespace ampstream
