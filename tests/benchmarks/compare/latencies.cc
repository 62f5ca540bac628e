#include "tests/benchmarks/compare/latencies.h"

#include <utility>

#include "tests/benchmarks/track_json.h"

namespace ampstream {

void Latencies::Begin(absl::Time start, std::vector<int64_t> schedule_us) {
  MutexLock lock(&mutex_);
  start_ = start;
  first_ += static_cast<int64_t>(schedule_us_.size());
  schedule_us_ = std::move(schedule_us);
  latencies_us_.clear();
  order_.Expect(first_ + static_cast<int64_t>(schedule_us_.size()));
}

std::vector<int64_t> Latencies::Take() {
  MutexLock lock(&mutex_);
  return std::exchange(latencies_us_, {});
}

void Latencies::OnEvent(int subscriber, absl::Time time, absl::string_view event) {
  Note(NumberIn(event).value_or(-1), time);
  order_.OnEvent(subscriber, time, event);  // Last: it may end the wait for all.
}

void Latencies::Note(int64_t number, absl::Time time) {
  MutexLock lock(&mutex_);
  const auto index = static_cast<size_t>(number - first_);
  if (index >= schedule_us_.size()) return;  // The order shows what it is.
  latencies_us_.push_back(absl::ToInt64Microseconds(time - start_) - schedule_us_[index]);
}

}  // namespace ampstream
