#ifndef AMPSTREAM_SERVER_LOG_ROCKSDB_RECORDS_H_
#define AMPSTREAM_SERVER_LOG_ROCKSDB_RECORDS_H_

#include <string>

#include "absl/status/status.h"

namespace rocksdb {
class FileSystem;
}  // namespace rocksdb

namespace ampstream {

// The files that RocksDB appends records to, the write-ahead logs and the MANIFEST, looked through before RocksDB reads
// them. RocksDB takes some damage for the end of a file and goes on without what follows: one bit of a record's type is
// enough. And it refuses for ever what a crash may leave of a write that was under way.
//
// Every record but the last was synced before the next was begun. So a bad record with a good one after it is damage.
// At the end, a crash may have cut it, or have left zeros where a sector was not written yet: then nobody was answered,
// and it is cut off. A last record that is complete and wrong is damage too.
//
// Source of the format: https://github.com/facebook/rocksdb/wiki/Write-Ahead-Log-File-Format

// Looks through one file. `may_be_torn`: it is the newest of its kind, its last record may be cut off here, durably.
// DATA_LOSS: damaged; the text tells the file and the byte. UNAVAILABLE: the disk fails. Nothing else may use the file.
absl::Status CheckRecords(const std::string& path, bool may_be_torn, rocksdb::FileSystem& files);

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_LOG_ROCKSDB_RECORDS_H_
