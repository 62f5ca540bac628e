#include "tests/log/ledger.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/testing/append.h"
#include "tests/testing/events.h"

namespace ampstream {
namespace {

std::vector<NewEvent> EventsOfNames(const std::vector<std::string>& names, size_t padding) {
  std::vector<NewEvent> events;
  for (const std::string& name : names) {
    EventSpec spec;
    spec.name = name;
    spec.padding = padding;
    events.push_back(MakeEvent(spec));
  }
  return events;
}

std::string NameOf(const v1::Event& event) {
  const std::string& padded = event.events_track().event_type();
  return padded.substr(0, padded.find('.'));
}

// An event in the log at each of the places of a delivery, that place alone.
std::string FaultInAnswered(EventLog& log, const std::string& name, Position position,
                            const std::map<std::string, Position>& found) {
  const auto there = found.find(name);
  if (there == found.end()) return absl::StrCat(name, " was answered and is not there");
  if (there->second != position)
    return absl::StrCat(name, " was answered at ", position.value(), " and is at ", there->second.value());
  const absl::StatusOr<std::string> encoded = log.Find(EventId::Of({name}));
  if (!encoded.ok()) return absl::StrCat(name, " is not found: ", encoded.status().ToString());
  v1::Event event;
  if (!event.ParseFromString(*encoded) || NameOf(event) != name) return absl::StrCat(name, " is found as another");
  return "";
}

// Names to places. A fault: one stands twice, or the places do not rise.
std::string Index(const std::vector<ReadEvent>& events, std::map<std::string, Position>* found) {
  Position before;
  for (const ReadEvent& event : events) {
    if (event.position <= before) return absl::StrCat(event.name, " stands out of order");
    if (!found->insert({event.name, event.position}).second) return absl::StrCat(event.name, " stands there twice");
    before = event.position;
  }
  return "";
}

}  // namespace

absl::StatusOr<std::vector<ReadEvent>> ReadEvents(EventLog& log, Position after, std::vector<ReadEvent>* before_error) {
  std::vector<ReadEvent> events;
  const Position first = after;
  for (bool at_end = false; !at_end;) {
    const absl::StatusOr<ReadResult> result = log.Read(after, ReadLimits());
    if (!result.ok()) {
      if (before_error != nullptr) *before_error = std::move(events);
      return result.status();
    }
    for (const SharedChunk& chunk : result->chunks) {
      const std::vector<v1::Event> parsed = EventsOf(*chunk);
      for (size_t i = 0; i < parsed.size(); ++i) {
        if (chunk->entries[i].position > first) events.push_back({NameOf(parsed[i]), chunk->entries[i].position});
      }
    }
    after = result->next;
    at_end = result->at_end;
  }
  return events;
}

absl::Status Ledger::Append(EventLog& log, const std::vector<std::string>& names, size_t padding) {
  const absl::StatusOr<std::vector<Appended>> answer = AppendOnce(log, EventsOfNames(names, padding));
  Delivery delivery{names, padding, {}};
  if (answer.ok()) {
    for (const Appended& appended : *answer) delivery.positions.push_back(appended.position);
  }
  MutexLock lock(&mutex_);
  deliveries_.push_back(std::move(delivery));
  return answer.status();
}

std::string Ledger::FaultIn(EventLog& log) const {
  const Position oldest = log.Info().oldest;
  const absl::StatusOr<std::vector<ReadEvent>> events = ReadEvents(log, oldest);
  if (!events.ok()) return events.status().ToString();
  std::map<std::string, Position> found;
  std::string fault = Index(*events, &found);
  size_t known = 0;
  MutexLock lock(&mutex_);
  for (const Delivery& delivery : deliveries_) {
    size_t there = 0;
    for (size_t i = 0; i < delivery.names.size() && fault.empty(); ++i) {
      there += found.count(delivery.names[i]);
      if (delivery.positions.empty() || delivery.positions[i] <= oldest) continue;
      fault = FaultInAnswered(log, delivery.names[i], delivery.positions[i], found);
    }
    // A removal ends at any delivery's first event, as one of a group goes with all others.
    if (fault.empty() && there != 0 && there != delivery.names.size())
      fault = absl::StrCat("of the delivery of ", delivery.names[0], " only a part is there");
    known += there;
  }
  if (fault.empty() && known != found.size()) fault = "something is there that nobody handed over";
  return fault;
}

void Ledger::Retry(EventLog& log) {
  MutexLock lock(&mutex_);
  for (Delivery& delivery : deliveries_) {
    if (!delivery.positions.empty()) continue;
    const absl::StatusOr<std::vector<Appended>> answer =
        AppendOnce(log, EventsOfNames(delivery.names, delivery.padding));
    ASSERT_TRUE(answer.ok()) << answer.status();
    for (const Appended& appended : *answer) delivery.positions.push_back(appended.position);
  }
}

size_t Ledger::answered() const {
  MutexLock lock(&mutex_);
  return deliveries_.size() - static_cast<size_t>(std::count_if(deliveries_.begin(), deliveries_.end(),
                                                                [](const Delivery& d) { return d.positions.empty(); }));
}

size_t Ledger::refused() const {
  const size_t good = answered();
  MutexLock lock(&mutex_);
  return deliveries_.size() - good;
}

}  // namespace ampstream
