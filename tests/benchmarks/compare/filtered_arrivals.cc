#include "tests/benchmarks/compare/filtered_arrivals.h"

#include "absl/strings/str_cat.h"
#include "tests/benchmarks/track_json.h"

namespace ampstream {

FilteredArrivals::FilteredArrivals(const Senders& senders) : senders_(senders) {
  for (int subscriber = 0; subscriber < kSubscribers; ++subscriber)
    for (int sender = 0; sender < senders.count; ++sender)
      next_[static_cast<size_t>(subscriber)][static_cast<size_t>(sender)] =
          sender * senders.events_a_request + subscriber;
}

void FilteredArrivals::OnEvent(int subscriber, absl::Time, absl::string_view event) {
  const int64_t number = NumberIn(event).value_or(0);
  int64_t& next = next_[static_cast<size_t>(subscriber)][static_cast<size_t>(senders_.Of(number))];
  if (number != next) ++misplaced_;
  next = number + senders_.count * senders_.events_a_request;
  received_.Add();
}

absl::Status FilteredArrivals::Check() const {
  if (!received_.AwaitAtLeast(expected_, absl::ZeroDuration()))
    return absl::DataLossError("filters: not every event has come");
  if (received_.AwaitAtLeast(expected_ + 1, absl::ZeroDuration()))
    return absl::DataLossError("filters: more events have come than were sent");
  if (misplaced_ == 0) return absl::OkStatus();
  return absl::DataLossError(
      absl::StrCat("filters: ", misplaced_.load(), " events were lost, repeated, out of order or not asked for"));
}

}  // namespace ampstream
