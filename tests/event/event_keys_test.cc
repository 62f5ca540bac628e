#include "server/event/event_keys.h"

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "ampstream/v1/event.pb.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"

namespace ampstream {
namespace {

std::string Encoded(const std::string& text_proto) {
  v1::Event event;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text_proto, &event)) << text_proto;
  return event.SerializeAsString();
}

using Id = absl::optional<absl::string_view>;

void ExpectKeys(const std::string& text_proto, v1::EventType type, Id user_id, Id device_id) {
  const std::string encoded = Encoded(text_proto + R"( id: "00" cursor: "aA" source: "shop" trace_parent: "00-1" )");
  const EventKeys keys = KeysOf(encoded);
  EXPECT_EQ(keys.type, type) << text_proto;
  EXPECT_EQ(keys.source, "shop") << text_proto;
  EXPECT_EQ(keys.user_id, user_id) << text_proto;
  EXPECT_EQ(keys.device_id, device_id) << text_proto;
}

TEST(EventKeysTest, FindsThoseOfEventsTrack) {
  ExpectKeys(R"(type: EVENT_TYPE_EVENTS_TRACK
                events_track { event_type: "Buy" event_id: "e" user_id: "u" device_id: "d" insert_id: "i" })",
             v1::EVENT_TYPE_EVENTS_TRACK, "u", "d");
}

TEST(EventKeysTest, FindsWhatTheUserDidInEventsTrackAlone) {
  const std::string track = Encoded("events_track { event_type: 'Buy' user_id: 'u' }");
  EXPECT_EQ(KeysOf(track).event_type, "Buy");
  const std::string nothing = Encoded("events_track { user_id: 'u' }");
  EXPECT_EQ(KeysOf(nothing).event_type, absl::nullopt);
  const std::string exposure = Encoded("experiments_exposure { flag_key: 'f' }");
  EXPECT_EQ(KeysOf(exposure).event_type, absl::nullopt);
}

TEST(EventKeysTest, FindsThoseOfEventsIdentify) {
  ExpectKeys(R"(type: EVENT_TYPE_EVENTS_IDENTIFY
                events_identify { user_id: "u" device_id: "d" platform: "Web" insert_id: "i" })",
             v1::EVENT_TYPE_EVENTS_IDENTIFY, "u", "d");
}

TEST(EventKeysTest, FindsThoseOfExperimentsExposure) {
  ExpectKeys(R"(type: EVENT_TYPE_EXPERIMENTS_EXPOSURE
                experiments_exposure { flag_key: "f" variant: "on" user_id: "u" device_id: "d"
                                       metadata { deployment_name: "n" flag_version: 3 }
                                       user { country: "c" city: "t" region: "r" language: "l" platform: "p" } })",
             v1::EVENT_TYPE_EXPERIMENTS_EXPOSURE, "u", "d");
}

TEST(EventKeysTest, FindsNoIdsInPayloadsThatHaveNone) {
  ExpectKeys(R"(type: EVENT_TYPE_ANNOTATIONS_CREATED
                annotations_created { id: 7 label: "l" date: "2026-01-02" description: "d" app_id: 5 source: "s" })",
             v1::EVENT_TYPE_ANNOTATIONS_CREATED, absl::nullopt, absl::nullopt);
  ExpectKeys(R"(type: EVENT_TYPE_ANNOTATIONS_UPDATED
                annotations_updated { id: 7 label: "l" date: "2026-01-02" description: "d" app_id: 5 source: "s" })",
             v1::EVENT_TYPE_ANNOTATIONS_UPDATED, absl::nullopt, absl::nullopt);
  ExpectKeys(R"(type: EVENT_TYPE_MONITORS_ALERT
                monitors_alert { monitor_id: "m" monitor_name: "n" alert_type: "t" condition: "c" value: 1
                                 threshold: 2 chart_id: "c" dashboard_id: 9 recipients: "a" recipients: "b" })",
             v1::EVENT_TYPE_MONITORS_ALERT, absl::nullopt, absl::nullopt);
  ExpectKeys(R"(type: EVENT_TYPE_COHORTS_COMPUTED
                cohorts_computed { cohort_id: "c" cohort_name: "n" size: 4 app_id: 5 published: true })",
             v1::EVENT_TYPE_COHORTS_COMPUTED, absl::nullopt, absl::nullopt);
  ExpectKeys(R"(type: EVENT_TYPE_UNRECOGNIZED unrecognized { type: "new.type" data { string_value: "x" } })",
             v1::EVENT_TYPE_UNRECOGNIZED, absl::nullopt, absl::nullopt);
}

TEST(EventKeysTest, TellsAnAbsentIdFromAnEmptyOne) {
  ExpectKeys("events_track { user_id: '' }", v1::EVENT_TYPE_UNSPECIFIED, "", absl::nullopt);
  ExpectKeys("events_identify { device_id: '' }", v1::EVENT_TYPE_UNSPECIFIED, absl::nullopt, "");
  ExpectKeys("experiments_exposure {}", v1::EVENT_TYPE_UNSPECIFIED, absl::nullopt, absl::nullopt);
}

TEST(EventKeysTest, LooksAtNoIdsInFreeMaps) {
  ExpectKeys(R"(events_track { event_properties { fields { key: "user_id" value { string_value: "x" } } } })",
             v1::EVENT_TYPE_UNSPECIFIED, absl::nullopt, absl::nullopt);
}

TEST(EventKeysTest, BearTheReceiveTime) {
  const std::string after = Encoded("occur_time { seconds: 1 } receive_time { seconds: 1767323045 nanos: 999999999 }");
  EXPECT_EQ(KeysOf(after).receive_time, absl::FromUnixSeconds(1767323045) + absl::Nanoseconds(999999999));
  const std::string before = Encoded("receive_time { seconds: -1 nanos: 250000000 }");
  EXPECT_EQ(KeysOf(before).receive_time, absl::FromUnixMillis(-750));
}

TEST(EventKeysTest, PointIntoTheEventsBytes) {
  const std::string encoded = Encoded(R"(source: "shop" events_track { user_id: "user" device_id: "device" })");
  const EventKeys keys = KeysOf(encoded);
  ASSERT_TRUE(keys.user_id.has_value() && keys.device_id.has_value());
  for (absl::string_view key : {keys.source, *keys.user_id, *keys.device_id}) {
    EXPECT_GE(key.data(), encoded.data());
    EXPECT_LE(key.data() + key.size(), encoded.data() + encoded.size());
  }
}

TEST(EventKeysTest, AreAbsentInNoBytes) {
  const EventKeys keys = KeysOf("");
  EXPECT_EQ(keys.type, v1::EVENT_TYPE_UNSPECIFIED);
  EXPECT_EQ(keys.source, "");
  EXPECT_EQ(keys.user_id, absl::nullopt);
  EXPECT_EQ(keys.device_id, absl::nullopt);
}

// The cursor is added by appending its field, so fields need not stand in the order of their numbers.
TEST(EventKeysTest, AreFoundInAnyOrderOfFields) {
  const std::string encoded = Encoded(R"(events_track { user_id: "u" })") + Encoded(R"(cursor: "aA")") +
                              Encoded(R"(source: "shop" type: EVENT_TYPE_EVENTS_TRACK)");
  const EventKeys keys = KeysOf(encoded);
  EXPECT_EQ(keys.type, v1::EVENT_TYPE_EVENTS_TRACK);
  EXPECT_EQ(keys.source, "shop");
  EXPECT_EQ(keys.user_id, Id("u"));
}

TEST(EventKeysTest, LeavesAnIdAbsentThatIsNotText) {
  // Field 10 (events_track) holding field 4 (user_id) as the number 1.
  const EventKeys keys = KeysOf(absl::string_view("\x52\x02\x20\x01", 4));
  EXPECT_EQ(keys.user_id, absl::nullopt);
}

TEST(EventKeysTest, EndsAtDamageWhereverItIs) {
  const std::string encoded = Encoded(R"(type: EVENT_TYPE_EVENTS_TRACK source: "shop"
                                         events_track { event_type: "Buy" user_id: "user" device_id: "device" })");
  for (size_t size = 0; size < encoded.size(); ++size) {
    const std::string cut = encoded.substr(0, size);
    const EventKeys keys = KeysOf(cut);
    EXPECT_EQ(keys.user_id, absl::nullopt) << size;
    EXPECT_TRUE(keys.source.empty() || keys.source == "shop") << size;
  }
}

}  // namespace
}  // namespace ampstream
