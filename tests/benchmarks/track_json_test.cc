#include "tests/benchmarks/track_json.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/amplitude/translator.h"
#include "server/event/new_event.h"

namespace ampstream {
namespace {

std::string Translated(const TrackMark& mark) {
  Translator translator{TranslateLimits()};
  std::string body = TrackJson(mark);
  return translator.Translate(body, {"default", absl::FromUnixSeconds(1), ""}).value().front().encoded;
}

TEST(TrackJsonTest, KeepsItsMark) {
  v1::Event event;
  ASSERT_TRUE(event.ParseFromString(Translated({1234567, 89})));
  const absl::optional<TrackMark> mark = MarkOf(event);
  ASSERT_TRUE(mark.has_value());
  EXPECT_EQ(mark->number, 1234567);
  EXPECT_EQ(mark->scheduled_us, 89);
}

TEST(TrackJsonTest, HasItsNumberInTheEncodedEvent) {
  EXPECT_EQ(NumberIn(Translated({0, 0})), 0);
  EXPECT_EQ(NumberIn(Translated({1234567, 89})), 1234567);
}

TEST(TrackJsonTest, FindsNoNumberInAnotherEvent) {
  v1::Event event;
  EXPECT_EQ(NumberIn(event.SerializeAsString()), absl::nullopt);
  event.mutable_events_track()->set_event_id("other");
  EXPECT_EQ(NumberIn(event.SerializeAsString()), absl::nullopt);
  event.mutable_events_track()->set_event_id("e-x");
  EXPECT_EQ(NumberIn(event.SerializeAsString()), absl::nullopt);
}

}  // namespace
}  // namespace ampstream
