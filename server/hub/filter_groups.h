#ifndef AMPSTREAM_SERVER_HUB_FILTER_GROUPS_H_
#define AMPSTREAM_SERVER_HUB_FILTER_GROUPS_H_

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "server/base/mutex.h"
#include "server/event/position.h"
#include "server/filter/filter.h"
#include "server/hub/keyed_chunk.h"

namespace ampstream {

class Subscription;

// The subscriptions that ask for the same.
struct FilterGroup {
  explicit FilterGroup(std::shared_ptr<const Filter> filter) : filter(std::move(filter)) {}

  const std::shared_ptr<const Filter> filter;

  // Of LiveEnd, under its lock: those that wait for news. All of them become due in one step, however many they are:
  // then a new round begins. `woken_from` is from where those of the last round have to read on.
  std::list<std::shared_ptr<Subscription>> waiting;
  uint64_t round = 1;
  Position woken_from;
};

// All filters that are asked for, each once, and found by what events are looked up by: a filter that asks for one user
// costs nothing for the events of others. Thread-safe.
class FilterGroups {
 public:
  // The group of the filter, which is made if there is none. It lasts for as long as somebody holds it.
  std::shared_ptr<FilterGroup> Join(const std::shared_ptr<const Filter>& filter);

  std::vector<std::shared_ptr<FilterGroup>> All();

  // Those that want an event of the chunk.
  std::vector<std::shared_ptr<FilterGroup>> Wanting(const KeyedChunk& chunk);

 private:
  using WeakGroup = std::weak_ptr<FilterGroup>;
  using Index = absl::flat_hash_map<std::string, std::vector<WeakGroup>>;

  // What has been found for one chunk.
  struct Search;

  void Add(const std::shared_ptr<FilterGroup>& group) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void RemoveGone() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void LookUp(FilterKey::Field field, size_t event, Search* search) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  Mutex mutex_;
  absl::flat_hash_map<std::string, WeakGroup> by_identity_ ABSL_GUARDED_BY(mutex_);
  Index indexes_[std::size(FilterKey::kFields)] ABSL_GUARDED_BY(mutex_);  // By FilterKey::Field.
  std::vector<WeakGroup> others_ ABSL_GUARDED_BY(mutex_);                 // That have nothing to be looked up by.
  size_t looked_for_gone_at_ ABSL_GUARDED_BY(mutex_) = 64;                // Groups.
};

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_HUB_FILTER_GROUPS_H_
