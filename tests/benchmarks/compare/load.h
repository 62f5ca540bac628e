#ifndef AMPSTREAM_TESTS_BENCHMARKS_COMPARE_LOAD_H_
#define AMPSTREAM_TESTS_BENCHMARKS_COMPARE_LOAD_H_

#include <cstdint>

#include "absl/time/time.h"

// What every peer is given alike.
namespace ampstream {

inline constexpr int64_t kArray = 100;  // Events sent at once.
inline constexpr absl::Duration kPatience = absl::Seconds(60);

}  // namespace ampstream

#endif  // AMPSTREAM_TESTS_BENCHMARKS_COMPARE_LOAD_H_
