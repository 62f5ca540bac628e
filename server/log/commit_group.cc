#include "server/log/commit_group.h"

#include "absl/types/optional.h"
#include "server/base/status_macros.h"

namespace ampstream {
namespace {

constexpr int kIndexBits = 16;

constexpr uint64_t FirstAfter(Position newest) { return ((newest.value() >> kIndexBits) + 1) << kIndexBits; }

}  // namespace

CommitGroup::CommitGroup(const Store& store, Epoch epoch, Position newest, absl::Time log_time, absl::Time window_start)
    : store_(store),
      first_(FirstAfter(newest)),
      log_time_(log_time),
      window_start_(window_start),
      builder_(epoch, newest) {}

absl::Status CommitGroup::Expect(const std::vector<EventId>& ids) {
  AMPSTREAM_ASSIGN_OR_RETURN(in_store_, store_.PositionsOf(ids, window_start_));
  positions_.reserve(ids.size());
  keys_.reserve(ids.size());
  return absl::OkStatus();
}

Appended CommitGroup::Add(const NewEvent& event) {
  const absl::optional<Position> in_store = in_store_[added_++];
  if (in_store.has_value()) return {Appended::Outcome::kDuplicate, event.id, *in_store};
  const Position next(first_ | keys_.size());
  const auto [in_group, is_new] = positions_.emplace(event.id, next);
  if (!is_new) return {Appended::Outcome::kDuplicate, event.id, in_group->second};
  last_ = next;
  builder_.Add(next, event.encoded);
  keys_.push_back({event.id, event.receive_time});
  return {Appended::Outcome::kAccepted, event.id, next};
}

}  // namespace ampstream
