#include "server/hub/filter_groups.h"

#include <algorithm>
#include <utility>

namespace ampstream {

struct FilterGroups::Search {
  const KeyedChunk& chunk;
  std::vector<std::shared_ptr<FilterGroup>> wanting = {};
  absl::flat_hash_set<const FilterGroup*> found = {};

  // Whether the group wants the event; it is found then.
  void Try(const WeakGroup& weak, size_t event) {
    std::shared_ptr<FilterGroup> group = weak.lock();
    if (group == nullptr || found.contains(group.get())) return;
    if (!group->filter->Matches(chunk.keys[event], chunk.chunk->Event(chunk.chunk->entries[event]))) return;
    found.insert(group.get());
    wanting.push_back(std::move(group));
  }
};

std::shared_ptr<FilterGroup> FilterGroups::Join(const std::shared_ptr<const Filter>& filter) {
  MutexLock lock(&mutex_);
  WeakGroup& known = by_identity_[filter->identity()];
  std::shared_ptr<FilterGroup> group = known.lock();
  if (group != nullptr) return group;
  group = std::make_shared<FilterGroup>(filter);
  known = group;
  Add(group);
  if (by_identity_.size() > looked_for_gone_at_) RemoveGone();
  return group;
}

void FilterGroups::Add(const std::shared_ptr<FilterGroup>& group) {
  const std::vector<FilterKey>& keys = group->filter->keys();
  for (const FilterKey& key : keys) indexes_[static_cast<size_t>(key.field)][key.value].push_back(group);
  if (keys.empty()) others_.push_back(group);
}

// Of groups that nobody holds any more. Each time there are twice as many as were left the last time: so it costs a
// group a constant.
void FilterGroups::RemoveGone() {
  const auto is_gone = [](const WeakGroup& group) { return group.expired(); };
  const auto remove_from = [&](std::vector<WeakGroup>* groups) {
    groups->erase(std::remove_if(groups->begin(), groups->end(), is_gone), groups->end());
  };
  remove_from(&others_);
  for (Index& index : indexes_) {
    for (auto bucket = index.begin(); bucket != index.end();) {
      remove_from(&bucket->second);
      const auto next = std::next(bucket);
      if (bucket->second.empty()) index.erase(bucket);
      bucket = next;
    }
  }
  for (auto one = by_identity_.begin(); one != by_identity_.end();) {
    const auto next = std::next(one);
    if (one->second.expired()) by_identity_.erase(one);
    one = next;
  }
  looked_for_gone_at_ = 2 * by_identity_.size() + 64;
}

void FilterGroups::LookUp(FilterKey::Field field, size_t event, Search* search) const {
  const Index& index = indexes_[static_cast<size_t>(field)];
  if (index.empty()) return;
  const absl::optional<absl::string_view> value = FilterKey::ValueIn(field, search->chunk.keys[event]);
  if (!value.has_value()) return;
  const auto bucket = index.find(*value);
  if (bucket == index.end()) return;
  for (const WeakGroup& group : bucket->second) search->Try(group, event);
}

std::vector<std::shared_ptr<FilterGroup>> FilterGroups::All() {
  MutexLock lock(&mutex_);
  std::vector<std::shared_ptr<FilterGroup>> all;
  for (const auto& [identity, weak] : by_identity_) {
    std::shared_ptr<FilterGroup> group = weak.lock();
    if (group != nullptr) all.push_back(std::move(group));
  }
  return all;
}

std::vector<std::shared_ptr<FilterGroup>> FilterGroups::Wanting(const KeyedChunk& chunk) {
  MutexLock lock(&mutex_);
  Search search{chunk};
  for (size_t event = 0; event < chunk.keys.size(); ++event)
    for (const FilterKey::Field field : FilterKey::kFields) LookUp(field, event, &search);
  for (const WeakGroup& group : others_) {
    for (size_t event = 0; event < chunk.keys.size(); ++event) {
      const size_t before = search.wanting.size();
      search.Try(group, event);
      if (search.wanting.size() > before) break;
    }
  }
  return std::move(search.wanting);
}

}  // namespace ampstream
