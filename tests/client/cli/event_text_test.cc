#include "client/cli/event_text.h"

#include <google/protobuf/text_format.h>

#include "client/cli/payload_text.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ampstream {
namespace {

using ::testing::HasSubstr;

v1::Event Parsed(const std::string& text) {
  v1::Event event;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &event)) << text;
  return event;
}

std::string Payload(const std::string& text) { return PayloadText(Parsed(text)); }

TEST(EventLineTest, HoldsTimeTypeSourcePayloadAndIdInColumns) {
  EXPECT_EQ(EventLine(Parsed(R"(
              id: "0f3a" type: EVENT_TYPE_EVENTS_TRACK source: "web"
              occur_time { seconds: 1767323045 nanos: 678900000 }
              events_track { event_type: "Plan Upgraded" user_id: "ada" })")),
            "2026-01-02T03:04:05.678Z  events.track          web      \"Plan Upgraded\" user=ada  id=0f3a\n");
}

TEST(EventLineTest, LineStaysOneLineWhateverTheWebhookSays) {
  const std::string line = EventLine(Parsed(R"(
      id: "1\n2" type: EVENT_TYPE_UNRECOGNIZED source: "a\nb" unrecognized { type: "x\ny\033[2J" })"));
  EXPECT_EQ(line.find('\n'), line.size() - 1) << line;
  EXPECT_EQ(line.find('\033'), std::string::npos) << line;
}

TEST(EventLineTest, NumbersATypeThatOnlyANewerServerKnows) {
  v1::Event event;
  event.set_type(static_cast<v1::EventType>(99));
  EXPECT_THAT(EventLine(event), HasSubstr("type-99"));
  EXPECT_THAT(EventLine(event), HasSubstr("newer ampstream"));
}

TEST(PayloadTextTest, ShowsTheFirstPropertiesByKey) {
  EXPECT_EQ(Payload(R"(events_track {
              event_type: "Viewed" device_id: "d-1"
              event_properties {
                fields { key: "z" value { string_value: "last" } }
                fields { key: "b" value { bool_value: true } }
                fields { key: "c" value { number_value: 1.5 } }
                fields { key: "a" value { list_value { values { number_value: 1 } } } } } })"),
            "Viewed device=d-1 a=[1] b=true c=1.5 ...");
}

TEST(PayloadTextTest, ShowsOperationsOnUserPropertiesByTheirPaths) {
  EXPECT_EQ(Payload(R"(events_identify { user_id: "u" user_properties { fields { key: "$set" value { struct_value {
              fields { key: "plan" value { string_value: "pro" } } } } } } })"),
            "user=u $set.plan=pro");
}

TEST(PayloadTextTest, ShowsAnnotations) {
  EXPECT_EQ(Payload(R"(annotations_created { id: 12 label: "New pricing" date: "2026-01-31" })"),
            "\"New pricing\" date=2026-01-31 annotation=12");
  EXPECT_EQ(Payload(R"(annotations_updated { id: 12 label: "Pricing" date: "2026-01-31" })"),
            "Pricing date=2026-01-31 annotation=12");
}

TEST(PayloadTextTest, ShowsAlertWithWhatIsThere) {
  EXPECT_EQ(Payload(R"(monitors_alert { monitor_name: "Errors" value: 0 threshold: 10.5 condition: "value < 1" })"),
            "Errors value=0 threshold=10.5 condition=\"value < 1\"");
  EXPECT_EQ(Payload(R"(monitors_alert { monitor_name: "Errors" })"), "Errors");
}

TEST(PayloadTextTest, ShowsCohortAndExposure) {
  EXPECT_EQ(Payload(R"(cohorts_computed { cohort_id: "c1" cohort_name: "Active" size: 9 })"),
            "Active size=9 cohort=c1");
  EXPECT_EQ(Payload(R"(experiments_exposure { flag_key: "f" variant: "on" user_id: "u" })"), "f variant=on user=u");
}

TEST(PayloadTextTest, ShowsUnrecognizedWithItsData) {
  EXPECT_EQ(Payload(R"(unrecognized { type: "chart.saved" data { struct_value { fields {
              key: "id" value { number_value: 7 } } } } })"),
            R"(chart.saved data="{\"id\":7}")");
}

}  // namespace
}  // namespace ampstream
