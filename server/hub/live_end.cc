#include "server/hub/live_end.h"

#include <utility>

namespace ampstream {
namespace {

// How many a dispatch thread takes at once: few, so that the threads share the work; several, so that they do not fight
// for the lock.
constexpr size_t kDueAtOnce = 16;

}  // namespace

void LiveEnd::StandAt(Position end, const std::vector<SharedKeyedChunk>& older) {
  MutexLock lock(&mutex_);
  if (tail_.end() < end) tail_.Restart(end);
  tail_.Prepend(older);
}

void LiveEnd::Append(SharedKeyedChunk chunk) {
  MutexLock lock(&mutex_);
  tail_.Append(std::move(chunk));
  if (waiting_.empty()) return;
  due_.splice(due_.end(), waiting_);
  ++round_;
  news_.SignalAll();
}

LiveEnd::Answer LiveEnd::Take(Position position, size_t max_chunks, const std::shared_ptr<Subscription>& subscription,
                              Place* place, std::vector<SharedKeyedChunk>* out) {
  MutexLock lock(&mutex_);
  if (position < tail_.begin()) return Answer::kBehind;
  if (position < tail_.end()) {
    tail_.After(position, max_chunks, out);
    return Answer::kTaken;
  }
  if (place->round != round_) {
    place->at = waiting_.insert(waiting_.end(), subscription);
    place->round = round_;
  }
  return Answer::kWaiting;
}

void LiveEnd::Forget(Place* place) {
  MutexLock lock(&mutex_);
  if (place->round != round_) return;
  waiting_.erase(place->at);
  place->round = 0;
}

std::vector<std::shared_ptr<Subscription>> LiveEnd::WaitForDue() {
  MutexLock lock(&mutex_);
  while (due_.empty() && !stopped_) news_.Wait(&mutex_);
  std::vector<std::shared_ptr<Subscription>> taken;
  while (!stopped_ && !due_.empty() && taken.size() < kDueAtOnce) {
    taken.push_back(std::move(due_.front()));
    due_.pop_front();
  }
  return taken;
}

void LiveEnd::Stop() {
  MutexLock lock(&mutex_);
  stopped_ = true;
  news_.SignalAll();
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
