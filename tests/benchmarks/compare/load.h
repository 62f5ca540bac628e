#ifndef AMPSTREAM_TESTS_BENCHMARKS_COMPARE_LOAD_H_
#define AMPSTREAM_TESTS_BENCHMARKS_COMPARE_LOAD_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"

// What every peer is given alike.
namespace ampstream {

inline constexpr int64_t kArray = 100;  // Events sent at once, where it is not one.
inline constexpr absl::Duration kPatience = absl::Seconds(60);

// Events that are sent in one request: those with the numbers from `first` on.
struct EventBatch {
  int64_t first = 0;
  int64_t count = 1;
  int64_t scheduled_us = 0;  // See TrackMark.
  int64_t padding = -1;      // -1: the events of track_json.h. Else small ones, with a property of so many bytes.
};

// As a sender of webhooks posts them: an object if it is one, else an array.
std::string Json(const EventBatch& batch);

// As ampstreamd encodes them.
std::vector<std::string> Encoded(const EventBatch& batch);

}  // namespace ampstream

#endif  // AMPSTREAM_TESTS_BENCHMARKS_COMPARE_LOAD_H_
