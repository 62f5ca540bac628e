#ifndef AMPSTREAM_TESTS_BENCHMARKS_FOLDER_FILES_H_
#define AMPSTREAM_TESTS_BENCHMARKS_FOLDER_FILES_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"

namespace ampstream {

// What the files in a folder hold, those of its folders included.
int64_t FolderBytes(const std::string& path);

// Writes a folder's files to disk, and asks the system to keep nothing of them in memory.
absl::Status DropFromPageCache(const std::string& path);

}  // namespace ampstream

#endif  // AMPSTREAM_TESTS_BENCHMARKS_FOLDER_FILES_H_
