#include "tests/testing/events.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "server/event/times.h"

namespace ampstream {

NewEvent MakeEvent(const EventSpec& spec) {
  NewEvent made{EventId::Of({spec.name}), spec.receive_time, ""};
  v1::Event event;
  event.set_id(made.id.ToString());
  event.set_type(spec.type);
  event.set_source(spec.source);
  SetTimestamp(spec.receive_time, event.mutable_receive_time());
  SetTimestamp(spec.receive_time, event.mutable_occur_time());
  if (spec.type == v1::EVENT_TYPE_EVENTS_TRACK) {
    event.mutable_events_track()->set_event_type(spec.name + std::string(spec.padding, '.'));
    event.mutable_events_track()->set_user_id(spec.user_id);
  } else if (spec.type == v1::EVENT_TYPE_EVENTS_IDENTIFY) {
    event.mutable_events_identify()->set_user_id(spec.user_id);
  } else {
    event.mutable_unrecognized()->set_type(spec.name);
  }
  made.encoded = event.SerializeAsString();
  return made;
}

std::vector<NewEvent> MakeEvents(const std::vector<std::string>& names) {
  std::vector<NewEvent> events;
  for (const std::string& name : names) {
    EventSpec spec;
    spec.name = name;
    events.push_back(MakeEvent(spec));
  }
  return events;
}

std::vector<std::string> Names(absl::string_view prefix, int n) {
  std::vector<std::string> names;
  for (int i = 0; i < n; ++i) names.push_back(absl::StrCat(prefix, i));
  return names;
}

std::vector<v1::Event> EventsOf(const Chunk& chunk) {
  std::vector<v1::Event> events;
  for (const Entry& entry : chunk.entries) {
    EXPECT_TRUE(events.emplace_back().ParseFromString(std::string(chunk.Event(entry))));
  }
  return events;
}

}  // namespace ampstream
