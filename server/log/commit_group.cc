#include "server/log/commit_group.h"

#include "absl/types/optional.h"

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

absl::StatusOr<Appended> CommitGroup::Add(const NewEvent& event) {
  const auto in_group = positions_.find(event.id);
  if (in_group != positions_.end()) return Appended{Appended::Outcome::kDuplicate, event.id, in_group->second};
  const absl::StatusOr<absl::optional<Position>> in_store = store_.PositionOf(event.id, window_start_);
  if (!in_store.ok()) return status_ = absl::UnavailableError(in_store.status().message());
  if (in_store->has_value()) return Appended{Appended::Outcome::kDuplicate, event.id, **in_store};
  last_ = Position(first_ | keys_.size());
  builder_.Add(last_, event.encoded);
  positions_.emplace(event.id, last_);
  keys_.push_back({event.id, event.receive_time});
  return Appended{Appended::Outcome::kAccepted, event.id, last_};
}

}  // namespace ampstream
