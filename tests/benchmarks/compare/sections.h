#ifndef AMPSTREAM_TESTS_BENCHMARKS_COMPARE_SECTIONS_H_
#define AMPSTREAM_TESTS_BENCHMARKS_COMPARE_SECTIONS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "tests/benchmarks/compare/findings.h"

namespace ampstream {

// The paths of the programs that are compared; those that are not there are rows that say so.
struct Binaries {
  std::string ampstreamd;
  std::string typed_server;
  std::string node;
  std::string node_script;
  std::string nats;
  std::string redis;
  std::string centrifugo;
};

// How much is measured.
struct Plan {
  int rounds = 5;
  absl::Duration round = absl::Seconds(1);  // About how long one takes.
  std::vector<int> subscribers = {10, 100};
  int64_t replayed = 1000000;
  absl::Duration latency = absl::Seconds(5);  // Of sending at one rate, a round.
  int gaps = 30;                              // Events with a second between them.
  int idle_streams = 10000;
  absl::Duration heartbeat = absl::Seconds(15);
  std::vector<int> growth_subscribers = {1, 10, 100, 1000};
  std::vector<int64_t> growth_padding = {64, 800, 3900, 16100, 65300};
  std::vector<int64_t> growth_log = {1000000000, 3000000000, 9000000000};  // Bytes.
};

struct Course {
  Binaries binaries;
  Plan plan;
};

// Each measures its part, every server that it needs in turn, and adds what it has found. An error: an event was lost,
// repeated or out of order, or a server broke.
absl::Status MeasureFanOut(const Course& course, Findings* findings);
absl::Status MeasureIngest(const Course& course, Findings* findings);
absl::Status MeasureReplay(const Course& course, Findings* findings);
absl::Status MeasureLatency(const Course& course, Findings* findings);
absl::Status MeasureIdle(const Course& course, Findings* findings);
absl::Status MeasureFilters(const Course& course, Findings* findings);
absl::Status MeasureGrowth(const Course& course, Findings* findings);

}  // namespace ampstream

#endif  // AMPSTREAM_TESTS_BENCHMARKS_COMPARE_SECTIONS_H_
