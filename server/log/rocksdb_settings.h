#ifndef AMPSTREAM_SERVER_LOG_ROCKSDB_SETTINGS_H_
#define AMPSTREAM_SERVER_LOG_ROCKSDB_SETTINGS_H_

#include <cstddef>

namespace rocksdb {
class Env;
struct ColumnFamilyOptions;
struct DBOptions;
}  // namespace rocksdb

// How the log's database is set, each setting with its reason. Seen by rocksdb_database.cc alone.
namespace ampstream {

// Of the database as a whole.
rocksdb::DBOptions DatabaseSettings(rocksdb::Env* env);

// Of what is written in the order of its keys, and read in it: chunks and groups.
rocksdb::ColumnFamilyOptions OrderedFamilySettings(size_t write_buffer_bytes);

// Of ids: random keys, mostly asked for in vain.
rocksdb::ColumnFamilyOptions IdFamilySettings();

// Of the few names in the default family.
rocksdb::ColumnFamilyOptions MetaFamilySettings();

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_LOG_ROCKSDB_SETTINGS_H_
