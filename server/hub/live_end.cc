#include "server/hub/live_end.h"

#include <algorithm>
#include <utility>

namespace ampstream {
namespace {

// How many a thread takes at once: few, so that threads share the work, and come back to what else they do; several, so
// that they do not fight for the lock, and those of a connection are written to together.
constexpr size_t kDueAtOnce = 32;

}  // namespace

void LiveEnd::StandAt(Position end, const std::vector<SharedKeyedChunk>& older) {
  MutexLock lock(&mutex_);
  if (tail_.end() < end) tail_.Restart(end);
  tail_.Prepend(older);
  sorted_ = tail_.end();
}

bool LiveEnd::Append(SharedKeyedChunk chunk) {
  MutexLock lock(&mutex_);
  tail_.Append(chunk);
  if (waiting_ == 0 && unsorted_.empty() && !is_sorting_) {
    sorted_ = chunk->chunk->last;  // For nobody.
    return false;
  }
  unsorted_.push_back(std::move(chunk));
  return true;
}

LiveEnd::Place LiveEnd::Join(const std::shared_ptr<const Filter>& filter) {
  Place place;
  place.group = groups_.Join(filter);
  return place;
}

Position LiveEnd::MovedOn(Position position, const Place& place) const {
  if (place.round == place.group->round) return std::max(position, sorted_);
  // It was made due with the last round, and no other has begun since.
  if (place.round + 1 == place.group->round) return std::max(position, place.group->woken_from);
  return position;
}

LiveEnd::Answer LiveEnd::Take(Position* position, size_t max_chunks, const std::shared_ptr<Subscription>& subscription,
                              Place* place, std::vector<SharedKeyedChunk>* out) {
  MutexLock lock(&mutex_);
  *position = MovedOn(*position, *place);
  const bool is_waiting = place->round == place->group->round;
  if (!is_waiting) place->round = 0;
  if (*position < tail_.begin()) return Answer::kBehind;
  if (*position < tail_.end()) {
    tail_.After(*position, max_chunks, out);
    return Answer::kTaken;
  }
  if (!is_waiting && !stopped_) {
    place->at = place->group->waiting.insert(place->group->waiting.end(), subscription);
    place->round = place->group->round;
    ++waiting_;
  }
  return Answer::kWaiting;
}

Position LiveEnd::PositionOf(Position position, const Place& place) const {
  MutexLock lock(&mutex_);
  return MovedOn(position, place);
}

void LiveEnd::Forget(Place* place) {
  MutexLock lock(&mutex_);
  if (place->round != place->group->round) return;
  place->group->waiting.erase(place->at);
  place->round = 0;
  --waiting_;
}

void LiveEnd::MakeDue(FilterGroup* group, Position from) {
  if (group->waiting.empty()) return;
  waiting_ -= group->waiting.size();
  due_.splice(due_.end(), group->waiting);
  group->woken_from = from;
  ++group->round;
}

void LiveEnd::SortNext() {
  const SharedKeyedChunk chunk = std::move(unsorted_.front());
  unsorted_.pop_front();
  // Where news are missing, everybody has to look into the log for them.
  const bool follows = chunk->chunk->previous == sorted_;
  is_sorting_ = true;
  mutex_.Unlock();
  const std::vector<std::shared_ptr<FilterGroup>> groups = follows ? groups_.Wanting(*chunk) : groups_.All();
  mutex_.Lock();
  is_sorting_ = false;
  for (const std::shared_ptr<FilterGroup>& group : groups) MakeDue(group.get(), sorted_);
  sorted_ = chunk->chunk->last;
}

bool LiveEnd::CanSort() const { return !unsorted_.empty() && !is_sorting_; }

LiveEnd::Due LiveEnd::TakeDue() {
  MutexLock lock(&mutex_);
  if (!stopped_ && due_.empty() && CanSort()) SortNext();
  Due taken;
  if (stopped_) return taken;
  while (!due_.empty() && taken.subscriptions.size() < kDueAtOnce) {
    taken.subscriptions.push_back(std::move(due_.front()));
    due_.pop_front();
  }
  taken.more = !due_.empty() || CanSort();
  return taken;
}

// Those that wait hold their group, and it holds them: that ends here.
void LiveEnd::Stop() {
  const std::vector<std::shared_ptr<FilterGroup>> groups = groups_.All();
  std::list<std::shared_ptr<Subscription>> waited;
  MutexLock lock(&mutex_);
  stopped_ = true;
  for (const std::shared_ptr<FilterGroup>& group : groups) {
    if (group->waiting.empty()) continue;
    waited.splice(waited.end(), group->waiting);
    ++group->round;
  }
  waiting_ = 0;
}

Position LiveEnd::end() const {
  MutexLock lock(&mutex_);
  return tail_.end();
}

bool LiveEnd::IsBehind(Position position) const {
  MutexLock lock(&mutex_);
  return position < tail_.begin();
}

}  // namespace ampstream
