#include "client/cli/samples.h"

#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>

#include <set>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ampstream {
namespace {

using ::google::protobuf::Struct;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

const absl::Time kNow = absl::FromUnixMillis(1767323045678);

Struct Parsed(const std::string& json) {
  Struct parsed;
  const auto status = google::protobuf::util::JsonStringToMessage(json, &parsed);
  EXPECT_TRUE(status.ok()) << status.ToString() << ": " << json;
  return parsed;
}

TEST(SamplesTest, ThereIsOneOfEachType) {
  EXPECT_THAT(SampleTypes(), ElementsAre(v1::EVENT_TYPE_EVENTS_TRACK, v1::EVENT_TYPE_EVENTS_IDENTIFY,
                                         v1::EVENT_TYPE_ANNOTATIONS_CREATED, v1::EVENT_TYPE_ANNOTATIONS_UPDATED,
                                         v1::EVENT_TYPE_MONITORS_ALERT, v1::EVENT_TYPE_COHORTS_COMPUTED,
                                         v1::EVENT_TYPE_EXPERIMENTS_EXPOSURE, v1::EVENT_TYPE_COHORTS_MEMBERSHIP,
                                         v1::EVENT_TYPE_EXPERIMENTS_FLAG_CHANGED));
}

TEST(SamplesTest, EachIsJsonInTheSendersEnvelope) {
  std::set<std::string> types;
  for (const v1::EventType type : SampleTypes()) {
    const Struct webhook = Parsed(SampleWebhook(type, kNow, 0x123456789abcdef0));
    const Struct& data = webhook.fields().at("data").struct_value();
    const std::string& name = webhook.fields().at("type").string_value();
    EXPECT_EQ(data.fields().at("type").string_value(), name);
    EXPECT_EQ(SampleTypeOfName(name), type) << name;
    EXPECT_EQ(webhook.fields().at("created_at").string_value(), "2026-01-02T03:04:05.678Z");
    types.insert(name);
  }
  EXPECT_THAT(types, ElementsAre("annotation.created", "annotation.updated", "cohort.computed", "cohort.membership",
                                 "event.identify", "event.track", "experiment.exposure", "experiment.flag_changed",
                                 "monitor.alert"));
}

TEST(SamplesTest, NoPlaceholderIsLeft) {
  for (const v1::EventType type : SampleTypes())
    EXPECT_THAT(SampleWebhook(type, kNow, 1), Not(::testing::ContainsRegex("@[A-Z]+@")));
}

TEST(SamplesTest, BearsTheTimeItIsMadeAt) {
  EXPECT_THAT(SampleWebhook(v1::EVENT_TYPE_EVENTS_TRACK, kNow, 1), HasSubstr("\"time\":1767323045678,"));
  EXPECT_THAT(SampleWebhook(v1::EVENT_TYPE_ANNOTATIONS_CREATED, kNow, 1), HasSubstr("\"date\":\"2026-01-02\""));
}

// Duplicates are found by insert_id, or by the bytes of `data`.
TEST(SamplesTest, AnotherNumberIsAnotherEvent) {
  for (const v1::EventType type : SampleTypes()) {
    const Struct one = Parsed(SampleWebhook(type, kNow, uint64_t{1} << 40));
    const Struct two = Parsed(SampleWebhook(type, kNow, uint64_t{2} << 40));
    EXPECT_NE(one.fields().at("data").SerializeAsString(), two.fields().at("data").SerializeAsString()) << type;
    const auto& fields = one.fields().at("data").struct_value().fields();
    if (fields.contains("insert_id")) {
      EXPECT_NE(fields.at("insert_id").string_value(),
                two.fields().at("data").struct_value().fields().at("insert_id").string_value());
    }
  }
}

TEST(SamplesTest, TakesBothSpellingsOfAType) {
  EXPECT_EQ(SampleTypeOfName("events.track"), v1::EVENT_TYPE_EVENTS_TRACK);
  EXPECT_EQ(SampleTypeOfName("event.track"), v1::EVENT_TYPE_EVENTS_TRACK);
  EXPECT_EQ(SampleTypeOfName("annotation.updated"), v1::EVENT_TYPE_ANNOTATIONS_UPDATED);
  for (const char* name : {"", "track", "unrecognized", "EVENT_TYPE_EVENTS_TRACK", "Events.Track"})
    EXPECT_FALSE(SampleTypeOfName(name).has_value()) << name;
}

}  // namespace
}  // namespace ampstream
