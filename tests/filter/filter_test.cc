#include "server/filter/filter.h"

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "ampstream/v1/event.pb.h"
#include "ampstream/v1/filter.pb.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "server/event/error.h"
#include "server/event/event_keys.h"
#include "server/filter/expression_matcher.h"

namespace ampstream {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

template <typename Proto>
Proto Parse(const std::string& text_proto) {
  Proto proto;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text_proto, &proto)) << text_proto;
  return proto;
}

// Whether an encoded event matches a filter.
bool Matches(const v1::EventFilter& filter, const std::string& event) {
  const auto compiled = Filter::Compile(filter);
  EXPECT_TRUE(compiled.ok()) << compiled.status();
  const std::string encoded = Parse<v1::Event>(event).SerializeAsString();
  return compiled.ok() && (*compiled)->Matches(KeysOf(encoded), encoded);
}

bool Matches(const std::string& filter, const std::string& event) {
  return Matches(Parse<v1::EventFilter>(filter), event);
}

constexpr char kTrack[] = R"(id: "1" type: EVENT_TYPE_EVENTS_TRACK source: "shop"
                             events_track { event_type: "Buy" user_id: "ann" device_id: "phone" })";
constexpr char kIdentify[] = R"(id: "2" type: EVENT_TYPE_EVENTS_IDENTIFY source: "shop"
                                events_identify { user_id: "bob" device_id: "" })";
constexpr char kExposure[] = R"(id: "3" type: EVENT_TYPE_EXPERIMENTS_EXPOSURE source: "web"
                                experiments_exposure { flag_key: "f" device_id: "tablet" })";
constexpr char kAlert[] = R"(id: "4" type: EVENT_TYPE_MONITORS_ALERT source: "web"
                             monitors_alert { monitor_id: "ann" monitor_name: "phone" })";

TEST(FilterTest, AnEmptyFilterMatchesEveryEvent) {
  const auto filter = Filter::Compile(v1::EventFilter());
  ASSERT_TRUE(filter.ok()) << filter.status();
  EXPECT_TRUE((*filter)->MatchesAll());
  EXPECT_TRUE((*filter)->Matches(EventKeys(), ""));
  for (const char* event : {kTrack, kIdentify, kExposure, kAlert, ""}) EXPECT_TRUE(Matches("", event)) << event;
}

TEST(FilterTest, OnlyAnEmptyFilterSaysThatItMatchesAll) {
  for (const std::string filter : {"types: EVENT_TYPE_EVENTS_TRACK", "sources: \"shop\"", "user_ids: \"ann\"",
                                   "device_ids: \"phone\"", "sources: \"\"", "user_ids: \"\""}) {
    EXPECT_FALSE(Filter::Compile(Parse<v1::EventFilter>(filter)).value()->MatchesAll()) << filter;
  }
}

TEST(FilterTest, MatchesAnyOfItsTypes) {
  EXPECT_TRUE(Matches("types: EVENT_TYPE_EVENTS_TRACK", kTrack));
  EXPECT_FALSE(Matches("types: EVENT_TYPE_EVENTS_TRACK", kIdentify));
  EXPECT_TRUE(Matches("types: [EVENT_TYPE_MONITORS_ALERT, EVENT_TYPE_EVENTS_TRACK]", kTrack));
  EXPECT_TRUE(Matches("types: [EVENT_TYPE_MONITORS_ALERT, EVENT_TYPE_EVENTS_TRACK]", kAlert));
  EXPECT_FALSE(Matches("types: [EVENT_TYPE_MONITORS_ALERT, EVENT_TYPE_EVENTS_TRACK]", kExposure));
}

TEST(FilterTest, TellsEveryTypeFromEveryOther) {
  for (int wanted = 1; wanted < v1::EventType_ARRAYSIZE; ++wanted) {
    for (int type = 0; type < v1::EventType_ARRAYSIZE; ++type) {
      if (!v1::EventType_IsValid(wanted) || !v1::EventType_IsValid(type)) continue;
      v1::EventFilter filter;
      filter.add_types(static_cast<v1::EventType>(wanted));
      EXPECT_EQ(Matches(filter, absl::StrCat("type: ", v1::EventType_Name(type))), wanted == type)
          << wanted << " " << type;
    }
  }
}

// The log may hold events of a later version.
TEST(FilterTest, ATypeThatIsNotKnownMatchesNoTypes) {
  const auto filter = Filter::Compile(Parse<v1::EventFilter>("types: EVENT_TYPE_EVENTS_TRACK")).value();
  for (const int type : {0, -1, 63, 64, 65, 64 + v1::EVENT_TYPE_EVENTS_TRACK, 1 << 30}) {
    EventKeys keys;
    keys.type = static_cast<v1::EventType>(type);
    EXPECT_FALSE(filter->Matches(keys, "")) << type;
  }
}

TEST(FilterTest, MatchesAnyOfItsSources) {
  EXPECT_TRUE(Matches(R"(sources: "shop")", kTrack));
  EXPECT_TRUE(Matches(R"(sources: ["web", "shop"])", kTrack));
  EXPECT_FALSE(Matches(R"(sources: "web")", kTrack));
  EXPECT_FALSE(Matches(R"(sources: "Shop")", kTrack));
  EXPECT_FALSE(Matches(R"(sources: "sho")", kTrack));
}

TEST(FilterTest, ASourceThatNobodyHasIsNoError) { EXPECT_FALSE(Matches(R"(sources: "not configured")", kTrack)); }

TEST(FilterTest, MatchesUserIdsOfAnyPayload) {
  EXPECT_TRUE(Matches(R"(user_ids: "ann")", kTrack));
  EXPECT_TRUE(Matches(R"(user_ids: ["ann", "bob"])", kIdentify));
  EXPECT_FALSE(Matches(R"(user_ids: "bob")", kTrack));
  EXPECT_FALSE(Matches(R"(user_ids: "Ann")", kTrack));
  EXPECT_FALSE(Matches(R"(user_ids: "phone")", kTrack));
}

TEST(FilterTest, MatchesDeviceIdsOfAnyPayload) {
  EXPECT_TRUE(Matches(R"(device_ids: "phone")", kTrack));
  EXPECT_TRUE(Matches(R"(device_ids: ["phone", "tablet"])", kExposure));
  EXPECT_FALSE(Matches(R"(device_ids: "tablet")", kTrack));
  EXPECT_FALSE(Matches(R"(device_ids: "ann")", kTrack));
}

TEST(FilterTest, AnAbsentIdMatchesNoList) {
  EXPECT_FALSE(Matches(R"(user_ids: "ann")", kExposure));
  EXPECT_FALSE(Matches(R"(user_ids: "ann")", kAlert));
  EXPECT_FALSE(Matches(R"(device_ids: "phone")", kAlert));
  EXPECT_FALSE(Matches(R"(user_ids: "")", kExposure));
  EXPECT_FALSE(Matches(R"(device_ids: "")", kAlert));
}

TEST(FilterTest, AnEmptyIdThatIsPresentIsAnId) {
  EXPECT_TRUE(Matches(R"(device_ids: "")", kIdentify));
  EXPECT_FALSE(Matches(R"(user_ids: "")", kIdentify));
}

TEST(FilterTest, AllPartsMustHold) {
  const std::string all =
      R"(types: EVENT_TYPE_EVENTS_TRACK sources: "shop" user_ids: ["bob", "ann"] device_ids: "phone")";
  EXPECT_TRUE(Matches(all, kTrack));
  EXPECT_FALSE(Matches(R"(types: EVENT_TYPE_EVENTS_IDENTIFY sources: "shop" user_ids: "ann")", kTrack));
  EXPECT_FALSE(Matches(R"(types: EVENT_TYPE_EVENTS_TRACK sources: "web" user_ids: "ann")", kTrack));
  EXPECT_FALSE(Matches(R"(types: EVENT_TYPE_EVENTS_TRACK sources: "shop" user_ids: "bob")", kTrack));
  EXPECT_FALSE(Matches(R"(user_ids: "ann" device_ids: "tablet")", kTrack));
}

// Compiles a filter that must be refused.
absl::Status Refusal(const v1::EventFilter& filter) {
  const auto compiled = Filter::Compile(filter);
  EXPECT_FALSE(compiled.ok());
  return compiled.status();
}

void ExpectInvalid(const absl::Status& status, absl::string_view field) {
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_INVALID_FILTER);
  EXPECT_THAT(std::string(status.message()), HasSubstr(absl::StrCat("filter.", field)));
}

TEST(FilterErrorTest, RefusesTheUnspecifiedType) {
  const absl::Status status =
      Refusal(Parse<v1::EventFilter>("types: [EVENT_TYPE_EVENTS_TRACK, EVENT_TYPE_UNSPECIFIED]"));
  ExpectInvalid(status, "types[1]");
  EXPECT_THAT(std::string(status.message()), HasSubstr("EVENT_TYPE_UNSPECIFIED"));
}

TEST(FilterErrorTest, RefusesANumberThatIsNoType) {
  for (const int number : {-1, 1000, 63, 64, 1 << 30}) {
    v1::EventFilter filter;
    filter.add_types(static_cast<v1::EventType>(number));
    const absl::Status status = Refusal(filter);
    ExpectInvalid(status, "types[0]");
    EXPECT_THAT(std::string(status.message()), HasSubstr(absl::StrCat(number)));
  }
}

TEST(FilterErrorTest, RefusesListsOfMoreThanAThousand) {
  v1::EventFilter types;
  v1::EventFilter sources;
  v1::EventFilter user_ids;
  v1::EventFilter device_ids;
  for (int i = 0; i < 1000; ++i) {
    types.add_types(v1::EVENT_TYPE_EVENTS_TRACK);
    sources.add_sources(absl::StrCat(i));
    user_ids.add_user_ids(absl::StrCat(i));
    device_ids.add_device_ids("the same");
  }
  for (const v1::EventFilter& filter : {types, sources, user_ids, device_ids}) {
    EXPECT_TRUE(Filter::Compile(filter).ok());
  }
  types.add_types(v1::EVENT_TYPE_EVENTS_TRACK);
  sources.add_sources("one more");
  user_ids.add_user_ids("one more");
  device_ids.add_device_ids("the same");
  const auto expect_limit = [](const v1::EventFilter& filter, absl::string_view field) {
    const absl::Status status = Refusal(filter);
    ExpectInvalid(status, field);
    EXPECT_THAT(MetadataOf(status), ElementsAre(Pair("limit", "1000")));
  };
  expect_limit(types, "types:");
  expect_limit(sources, "sources:");
  expect_limit(user_ids, "user_ids:");
  expect_limit(device_ids, "device_ids:");
}

TEST(FilterErrorTest, RefusesValuesOfMoreThan512BytesAndDoesNotRepeatThem) {
  const std::string fits(512, 'v');
  const std::string too_long(513, 'v');
  for (const std::string field : {"sources", "user_ids", "device_ids"}) {
    EXPECT_TRUE(Filter::Compile(Parse<v1::EventFilter>(absl::StrCat(field, ": \"", fits, "\""))).ok()) << field;
    const absl::Status status =
        Refusal(Parse<v1::EventFilter>(absl::StrCat(field, ": [\"", fits, "\", \"", too_long, "\"]")));
    ExpectInvalid(status, absl::StrCat(field, "[1]:"));
    EXPECT_THAT(MetadataOf(status), ElementsAre(Pair("limit", "512")));
    EXPECT_LT(status.message().size(), 200u);
  }
}

TEST(FilterTest, AnExpressionMustHoldBesideTheLists) {
  EXPECT_TRUE(Matches(R"(expression: "user_id = 'ann'")", kTrack));
  EXPECT_FALSE(Matches(R"(expression: "user_id = 'bob'")", kTrack));
  EXPECT_TRUE(Matches(R"(expression: "user_id = 'ann'" sources: "shop")", kTrack));
  EXPECT_FALSE(Matches(R"(expression: "user_id = 'ann'" sources: "web")", kTrack));
  const auto filter = Filter::Compile(Parse<v1::EventFilter>(R"pb(expression: "(user_id='ann')")pb"));
  ASSERT_TRUE(filter.ok()) << filter.status();
  EXPECT_FALSE((*filter)->MatchesAll());
  EXPECT_EQ((*filter)->normalized_expression(), R"(user_id = "ann")");
}

TEST(FilterErrorTest, TellsThePlaceInABrokenExpression) {
  const absl::Status status = Refusal(Parse<v1::EventFilter>(R"(expression: "usr_id = 1")"));
  ExpectInvalid(status, "expression: column 1: found the path usr_id");
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_INVALID_FILTER);
  const absl::optional<FieldViolation> violation = FieldViolationOf(status);
  ASSERT_TRUE(violation.has_value());
  EXPECT_EQ(violation->field, "filter.expression");
  EXPECT_THAT(violation->description, HasSubstr("did you mean user_id?"));
}

// What an expression needs of an event's keys is asked first: it must not change the answer.
TEST(FilterTest, AnswersAsItsExpressionAloneDoes) {
  for (const char* const text :
       {R"(event_type = "Buy")", R"(event_type = "Sell")", R"(events_track.event_type = "Buy")",
        R"(event_type = "Buy" AND user_id = "ann")", R"(event_type = "Buy" AND user_id = "bob")", R"(user_id = "bob")",
        R"(events_identify.user_id = "bob")", R"(device_id = "tablet")", R"(device_id = "")", R"(source = "shop")",
        R"(type = "events.track")", R"(type = "monitors.alert" AND NOT event_type = "Buy")",
        R"(NOT event_type = "Buy")"}) {
    v1::EventFilter filter;
    filter.set_expression(text);
    const auto compiled = Filter::Compile(filter);
    ASSERT_TRUE(compiled.ok()) << compiled.status();
    const auto alone = ExpressionMatcher::Compile(text, ExpressionLimits());
    for (const char* const event : {kTrack, kIdentify, kExposure, kAlert}) {
      const std::string encoded = Parse<v1::Event>(event).SerializeAsString();
      EXPECT_EQ((*compiled)->Matches(KeysOf(encoded), encoded), (*alone)->Matches(encoded)) << text << " of " << event;
    }
  }
}

}  // namespace
}  // namespace ampstream
