#ifndef AMPSTREAM_SERVER_LOG_ROCKSDB_FOLDER_H_
#define AMPSTREAM_SERVER_LOG_ROCKSDB_FOLDER_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace rocksdb {
class Env;
struct DBOptions;
}  // namespace rocksdb

namespace ampstream {

// INVALID_ARGUMENT: the folder of the log cannot be used as it is, and why.
absl::Status UnusableFolder(const std::string& dir, absl::string_view why);

// Makes the folder of a database fit to be opened: it is made if it is not there, and of a database that a crash ended,
// the cut last write is dropped. Nothing else is changed. True: it holds a database, all of whose column families are
// among `families`.
//
// INVALID_ARGUMENT: it cannot be used, another process or thread uses it, or it holds the database of another program.
// DATA_LOSS: a file is damaged; the text tells which. UNAVAILABLE: the disk fails.
absl::StatusOr<bool> PrepareFolder(const std::string& dir, const rocksdb::DBOptions& options,
                                   const std::vector<std::string>& families);

// A sentence for each table of the folder that cannot be opened, each after `; `: RocksDB does not tell them by name.
std::string DamagedTablesIn(const std::string& dir, rocksdb::Env& env);

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_LOG_ROCKSDB_FOLDER_H_
