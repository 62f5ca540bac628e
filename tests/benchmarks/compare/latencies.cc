#include "tests/benchmarks/compare/latencies.h"

#include <utility>

#include "ampstream/v1/event.pb.h"
#include "tests/benchmarks/track_json.h"

namespace ampstream {

void Latencies::Begin(absl::Time start, int64_t count) {
  expected_ += count;
  order_.Expect(expected_);
  MutexLock lock(&mutex_);
  start_ = start;
  latencies_us_.clear();
}

std::vector<int64_t> Latencies::Take() {
  MutexLock lock(&mutex_);
  return std::exchange(latencies_us_, {});
}

void Latencies::OnEvent(int subscriber, absl::Time time, absl::string_view event) {
  v1::Event parsed;
  parsed.ParseFromArray(event.data(), static_cast<int>(event.size()));
  const absl::optional<TrackMark> mark = MarkOf(parsed);
  if (mark.has_value()) {
    MutexLock lock(&mutex_);
    latencies_us_.push_back(absl::ToInt64Microseconds(time - start_) - mark->scheduled_us);
  }
  order_.OnEvent(subscriber, time, event);
}

}  // namespace ampstream
