#ifndef AMPSTREAM_TESTS_BENCHMARKS_ARRIVAL_ORDER_H_
#define AMPSTREAM_TESTS_BENCHMARKS_ARRIVAL_ORDER_H_

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "tests/benchmarks/stream_set.h"
#include "tests/benchmarks/waitable_count.h"

namespace ampstream {

// Whether the streams of a set all receive the events of track_json.h, from number 0 on, each once and in that order.
// Costs little while they arrive: a running hash over each stream's event bytes, and a copy of the first stream's,
// which are decoded at the end. Made for one thread that sends, and a StreamSet or whatever else receives events.
class ArrivalOrder final : public StreamSet::Reader {
 public:
  explicit ArrivalOrder(int streams) : streams_(static_cast<size_t>(streams)) {}

  // So many events will have been sent. Before they are.
  void Expect(int64_t events) { expected_ = events; }

  // Waits until every stream has had all that Expect said. False: not in time.
  bool AwaitAll(absl::Duration timeout);

  // What was wrong, after the streams' set is gone.
  absl::Status Check() const;

  // The mean size of an encoded event.
  int64_t event_bytes() const;

  // The next event of a stream, encoded. Of one stream from one thread at a time.
  void OnEvent(int stream, absl::string_view event);

  bool OnResponse(int stream, absl::Time time, absl::string_view response) override;

 private:
  // Of one stream; on a cache line of its own, because several threads may read.
  struct alignas(64) Seen {
    int64_t events = 0;
    uint64_t hash = 0;
  };

  std::vector<Seen> streams_;
  std::vector<std::string> first_stream_;  // Its encoded events.
  std::atomic<int64_t> expected_{0};
  WaitableCount complete_;
  int64_t awaited_ = 0;
};

}  // namespace ampstream

#endif  // AMPSTREAM_TESTS_BENCHMARKS_ARRIVAL_ORDER_H_
