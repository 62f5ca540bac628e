#include "tests/benchmarks/track_events.h"

#include <gtest/gtest.h>

#include "ampstream/v1/event.pb.h"
#include "tests/benchmarks/track_json.h"

namespace ampstream {
namespace {

TEST(TrackEventsTest, DifferInWhatTellsEventsApart) {
  TrackEvents events = TrackEvents::Make().value();
  const std::vector<NewEvent> made = events.Next(2);
  ASSERT_EQ(made.size(), 2u);
  v1::Event first;
  v1::Event second;
  ASSERT_TRUE(first.ParseFromString(made[0].encoded));
  ASSERT_TRUE(second.ParseFromString(made[1].encoded));
  EXPECT_EQ(first.id(), made[0].id.ToString());
  EXPECT_EQ(second.id(), made[1].id.ToString());
  EXPECT_NE(first.id(), second.id());
  EXPECT_EQ(first.events_track().user_id(), TrackEvents::UserId(0));
  EXPECT_EQ(second.events_track().user_id(), TrackEvents::UserId(1));
  EXPECT_EQ(*NumberIn(made[1].encoded), *NumberIn(made[0].encoded) + 1);
  EXPECT_NE(first.events_track().insert_id(), second.events_track().insert_id());
}

TEST(TrackEventsTest, AreOfOneSize) {
  TrackEvents events = TrackEvents::Make().value();
  for (const NewEvent& event : events.Next(1001)) EXPECT_EQ(event.encoded.size(), events.event_bytes());
}

TEST(TrackEventsTest, AreTheSameInOneSeriesAndOthersInAnother) {
  const std::vector<NewEvent> some = TrackEvents::Make("a").value().Next(3);
  const std::vector<NewEvent> same = TrackEvents::Make("a").value().Next(3);
  const std::vector<NewEvent> others = TrackEvents::Make("b").value().Next(3);
  for (size_t i = 0; i < some.size(); ++i) {
    EXPECT_EQ(some[i].encoded, same[i].encoded);
    EXPECT_NE(some[i].id, others[i].id);
  }
}

}  // namespace
}  // namespace ampstream
