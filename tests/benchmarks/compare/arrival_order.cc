#include "tests/benchmarks/compare/arrival_order.h"

#include "absl/strings/str_cat.h"
#include "ampstream/v1/event.pb.h"
#include "tests/benchmarks/track_json.h"

namespace ampstream {

ArrivalOrder::ArrivalOrder(int subscribers, const Senders& senders, int64_t first)
    : senders_(senders), subscribers_(static_cast<size_t>(subscribers)) {
  for (Seen& seen : subscribers_)
    for (int i = 0; i < senders.count; ++i) seen.next[static_cast<size_t>(i)] = first + i * senders.events_a_request;
}

bool ArrivalOrder::AwaitAll(absl::Duration timeout) {
  awaited_ += static_cast<int64_t>(subscribers_.size());
  return complete_.AwaitAtLeast(awaited_, timeout);
}

// The number of the event that its sender sends next.
int64_t ArrivalOrder::After(int64_t number) const {
  const bool last_of_request = (number + 1) % senders_.events_a_request == 0;
  return number + 1 + (last_of_request ? (senders_.count - 1) * senders_.events_a_request : 0);
}

void ArrivalOrder::OnEvent(int subscriber, absl::Time, absl::string_view event) {
  Seen& seen = subscribers_[static_cast<size_t>(subscriber)];
  if (subscriber == 0 && seen.events == 0) first_event_ = std::string(event);
  const int64_t number = NumberIn(event).value_or(0);
  int64_t& next = seen.next[static_cast<size_t>(senders_.Of(number))];
  if (number != next) ++seen.misplaced;
  next = After(number);
  if (++seen.events == expected_) complete_.Add();
}

absl::Status ArrivalOrder::Check() const {
  for (size_t i = 0; i < subscribers_.size(); ++i) {
    const Seen& seen = subscribers_[i];
    if (seen.events != expected_)
      return absl::DataLossError(absl::StrCat("subscriber ", i, " had ", seen.events, " events of ", expected_.load()));
    if (seen.misplaced > 0)
      return absl::DataLossError(
          absl::StrCat("subscriber ", i, " had ", seen.misplaced, " events that were lost, repeated or out of order"));
  }
  v1::Event event;
  if (!event.ParseFromString(first_event_) || event.events_track().user_id().empty())
    return absl::DataLossError("what came is no event");
  return absl::OkStatus();
}

}  // namespace ampstream
