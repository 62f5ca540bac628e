#ifndef AMPSTREAM_TESTS_BENCHMARKS_COMPARE_FILES_H_
#define AMPSTREAM_TESTS_BENCHMARKS_COMPARE_FILES_H_

#include <string>

#include "absl/status/status.h"

namespace ampstream {

// In place of what the file held. UNAVAILABLE: it cannot be written.
absl::Status WriteFile(const std::string& path, const std::string& text);

}  // namespace ampstream

#endif  // AMPSTREAM_TESTS_BENCHMARKS_COMPARE_FILES_H_
