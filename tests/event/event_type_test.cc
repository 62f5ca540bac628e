#include "server/event/event_type.h"

#include <limits>
#include <string>

#include "absl/types/optional.h"
#include "ampstream/v1/event.pb.h"
#include "gmock/gmock.h"
#include "google/protobuf/descriptor.h"
#include "gtest/gtest.h"

namespace ampstream {
namespace {

using ::testing::ElementsAre;

TEST(EventTypeTest, NamesAreThoseOfTheWebhooksInTheOrderOfTheEnum) {
  EXPECT_THAT(EventTypeNames(),
              ElementsAre("events.track", "events.identify", "annotations.created", "annotations.updated",
                          "monitors.alert", "cohorts.computed", "experiments.exposure", "unrecognized",
                          "cohorts.membership", "experiments.flag_changed"));
}

TEST(EventTypeTest, EveryTypeHasANameAndIsFoundByIt) {
  const google::protobuf::EnumDescriptor& types = *v1::EventType_descriptor();
  ASSERT_EQ(types.value_count(), static_cast<int>(EventTypeNames().size()) + 1);
  for (int i = 0; i < types.value_count(); ++i) {
    const auto type = static_cast<v1::EventType>(types.value(i)->number());
    if (type == v1::EVENT_TYPE_UNSPECIFIED) continue;
    EXPECT_TRUE(IsEventType(type));
    EXPECT_EQ(EventTypeOfName(EventTypeName(type)), absl::make_optional(type)) << types.value(i)->name();
  }
}

TEST(EventTypeTest, GivesTheNameOfAType) {
  EXPECT_EQ(EventTypeName(v1::EVENT_TYPE_EVENTS_TRACK), "events.track");
  EXPECT_EQ(EventTypeName(v1::EVENT_TYPE_EXPERIMENTS_EXPOSURE), "experiments.exposure");
  EXPECT_EQ(EventTypeName(v1::EVENT_TYPE_UNRECOGNIZED), "unrecognized");
  EXPECT_EQ(EventTypeName(v1::EVENT_TYPE_EXPERIMENTS_FLAG_CHANGED), "experiments.flag_changed");
}

TEST(EventTypeTest, HasNoNameForWhatIsNoType) {
  EXPECT_EQ(EventTypeName(v1::EVENT_TYPE_UNSPECIFIED), "");
  for (int value : {-1, v1::EventType_MAX + 1, std::numeric_limits<int>::min(), std::numeric_limits<int>::max()}) {
    EXPECT_EQ(EventTypeName(static_cast<v1::EventType>(value)), "") << value;
    EXPECT_FALSE(IsEventType(value)) << value;
  }
  EXPECT_FALSE(IsEventType(v1::EVENT_TYPE_UNSPECIFIED));
}

TEST(EventTypeTest, FindsNoTypeByAnythingButItsExactName) {
  for (const char* name : {"", "unspecified", "event.track", "Events.track", "events_track", "EVENT_TYPE_EVENTS_TRACK",
                           "events.track ", "events", "1"}) {
    EXPECT_EQ(EventTypeOfName(name), absl::nullopt) << name;
  }
}

}  // namespace
}  // namespace ampstream
