// What Amplitude itself posts, beyond the samples of tests/testdata: limits, ids, faults, what is counted.

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "ampstream/v1/event.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/amplitude/translate_error.h"
#include "server/amplitude/translator.h"

namespace ampstream {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

struct Told {
  absl::StatusOr<std::vector<NewEvent>> events;
  int64_t unread_fields = 0;
};

Told Translate(std::string body, Shape shape = Shape::kAuto, const TranslateLimits& limits = TranslateLimits(),
               absl::Time receive_time = absl::FromUnixSeconds(1767326400)) {
  Translator translator(limits);
  Told told;
  told.events = translator.Translate(body, {"default", receive_time, "", shape}, &told.unread_fields);
  return told;
}

std::vector<v1::Event> Parsed(const Told& told) {
  std::vector<v1::Event> events;
  EXPECT_TRUE(told.events.ok()) << told.events.status();
  if (!told.events.ok()) return events;
  for (const NewEvent& event : *told.events) {
    events.emplace_back();
    EXPECT_TRUE(events.back().ParseFromString(event.encoded));
  }
  return events;
}

// A body is refused, at this field.
void ExpectFault(absl::string_view field, const std::string& body, Shape shape = Shape::kAuto) {
  const absl::Status status = Translate(body, shape).events.status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << body << ": " << status;
  EXPECT_EQ(FieldOf(status), field) << body;
}

std::string Users(int count, absl::string_view more = "") {
  std::vector<std::string> users;
  for (int i = 0; i < count; ++i) users.push_back(absl::StrCat(R"({"user_id":"user-)", i, "\"", more, "}"));
  return absl::StrCat("[", absl::StrJoin(users, ","), "]");
}

std::string Cohort(absl::string_view users, absl::string_view more = R"(,"message_id":"m")") {
  return absl::StrCat(R"({"cohort_id":"c","in_cohort":true,"users":)", users, more, "}");
}

TEST(OwnShapesTest, CountsWhatItCouldNotUnderstand) {
  EXPECT_EQ(Translate(R"({"event_type":"a","event_time":1,"session_id":"x","user_id":[],"dma":[]})").unread_fields, 2);
  EXPECT_EQ(Translate(R"({"event_type":"a","event_time":1,"session_id":"","user_id":null})").unread_fields, 0);
  EXPECT_EQ(Translate(Cohort(R"([{"user_id":{}},{"user_properties":"x"}])", R"(,"computed_time":"x")")).unread_fields,
            3);
  EXPECT_EQ(Translate(R"({"type":"events.track","data":{"event_type":"a","time":1}})").unread_fields, 0);
}

TEST(OwnShapesTest, TheEnvelopeStaysStrict) {
  ExpectFault("data.session_id", R"({"type":"events.track","data":{"event_type":"a","time":1,"session_id":"1,000"}})");
  ExpectFault("data.computed_time",
              absl::StrCat(R"({"type":"cohorts.membership","data":)", Cohort("[]", R"(,"computed_time":"x")"), "}"));
  ExpectFault("data.users[0].user_properties",
              absl::StrCat(R"({"type":"cohorts.membership","data":)", Cohort(R"([{"user_properties":"x"}])"), "}"));
  ExpectFault("data.flag", R"({"type":"experiments.flag_changed",)"
                           R"("data":{"flag_id":1,"flag_name":"a","action":"b","flag":"x"}})");
}

TEST(OwnShapesTest, NamesWhatIsRequired) {
  ExpectFault("event_type", R"({"event_type":"","event_time":1})");
  ExpectFault("event_type", R"({"event_type":{},"event_time":1})");
  ExpectFault("[1].event_properties.flag_key",
              R"([{"event_type":"a","event_time":1},{"event_type":"$exposure","event_time":1,"event_properties":{}}])");
  ExpectFault("user_id", R"({"user_id":"","user_properties":{}})");
  ExpectFault("in_cohort", R"({"cohort_id":"c","in_cohort":"perhaps","users":[]})");
  ExpectFault("users[1]", Cohort(R"([{}, 7])"));
  ExpectFault("charts[1].header", R"({"charts":[{"header":"a","monitor_id":"m"},{"monitor_id":"m"}]})");
  ExpectFault("charts[0].monitor_id", R"({"charts":[{"header":"a","chart_url":"https://example.com/"}]})");
  ExpectFault("flagId", R"({"flagId":"x","flagName":"a","action":"b"})");
}

// They stand a level lower than other free maps, and were once one level too deep for a reader.
TEST(OwnShapesTest, WhatIsLeftOfAnExposuresPropertiesIsNoDeeperThanOtherMaps) {
  const std::string deep = absl::StrCat(std::string(40, '['), std::string(40, ']'));
  const std::vector<v1::Event> events = Parsed(Translate(absl::StrCat(
      R"({"event_type":"$exposure","event_time":1,"event_properties":{"flag_key":"f","deep":)", deep, "}}")));
  ASSERT_THAT(events, SizeIs(1));
  const auto& rest = events[0].experiments_exposure().additional_fields().fields();
  const google::protobuf::Value* at = &rest.at("event_properties").struct_value().fields().at("deep");
  int levels = 2;
  for (; at->has_list_value(); at = &at->list_value().values(0)) ++levels;
  EXPECT_EQ(levels, 32);
  EXPECT_EQ(at->string_value(), std::string(10, '[') + std::string(10, ']'));
}

TEST(OwnShapesTest, AFixedShapeRefusesTheOthers) {
  ExpectFault("event_type", Cohort("[]"), Shape::kExportEvent);
  ExpectFault("event_type", R"({"event_type":"a","event_time":1,"user_id":"u"})", Shape::kIdentify);
  ExpectFault("users", R"({"event_type":"a","event_time":1})", Shape::kCohort);
  ExpectFault("charts", Cohort("[]"), Shape::kMonitor);
  ExpectFault("flagId", Cohort("[]"), Shape::kExperimentAlert);
  ExpectFault("type", R"({"event_type":"a","event_time":1})", Shape::kEnvelope);
}

TEST(OwnShapesTest, RefusesUsersWithoutACohort) {
  for (const Shape shape : {Shape::kAuto, Shape::kCohort}) {
    const absl::Status status = Translate(Users(3), shape).events.status();
    EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
    EXPECT_THAT(std::string(status.message()), AllOf(HasSubstr("template"), HasSubstr("cohort_id")));
  }
  EXPECT_THAT(Parsed(Translate(Users(3), Shape::kIdentify)), SizeIs(3));
}

TEST(OwnShapesTest, ACohortsBatchIsAThousandUsersAnEvent) {
  EXPECT_THAT(Parsed(Translate(Cohort("[]"))), IsEmpty());
  EXPECT_THAT(Parsed(Translate(Cohort(Users(1000)))), SizeIs(1));
  const std::vector<v1::Event> events = Parsed(Translate(Cohort(Users(2001))));
  ASSERT_THAT(events, SizeIs(3));
  int next = 0;
  for (int part = 1; part <= 3; ++part) {
    const v1::CohortsMembership& batch = events[static_cast<size_t>(part) - 1].cohorts_membership();
    EXPECT_EQ(batch.cohort_id(), "c");
    EXPECT_EQ(batch.part(), part);
    EXPECT_EQ(batch.parts(), 3);
    EXPECT_EQ(batch.users_size(), part < 3 ? 1000 : 1);
    for (const auto& user : batch.users()) EXPECT_EQ(user.user_id(), absl::StrCat("user-", next++));
  }
}

TEST(OwnShapesTest, ALargeUserNeedsAnEventOfItsOwn) {
  TranslateLimits limits;
  limits.max_event_bytes = 4000;
  const std::string large = absl::StrCat(R"(,"user_properties":{"a":")", std::string(1500, 'x'), "\"}");
  const std::vector<v1::Event> events = Parsed(Translate(Cohort(Users(5, large)), Shape::kAuto, limits));
  ASSERT_THAT(events, SizeIs(3));
  for (const v1::Event& event : events) EXPECT_LE(event.ByteSizeLong(), limits.max_event_bytes);
  EXPECT_EQ(events[2].cohorts_membership().parts(), 3);
}

TEST(OwnShapesTest, ABatchIsHeldToTheLimitsOfADelivery) {
  TranslateLimits limits;
  limits.max_events = 2;
  EXPECT_TRUE(Translate(Cohort(Users(2000)), Shape::kAuto, limits).events.ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(Translate(Cohort(Users(2001)), Shape::kAuto, limits).events.status()));
  limits = TranslateLimits();
  limits.max_delivery_bytes = 100000;
  // What stands beside the users is in each part.
  const std::string more = absl::StrCat(R"(,"message_id":"m","note":")", std::string(30000, 'x'), "\"");
  EXPECT_TRUE(Translate(Cohort(Users(2000), more), Shape::kAuto, limits).events.ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(Translate(Cohort(Users(4000), more), Shape::kAuto, limits).events.status()));
}

TEST(OwnShapesTest, TheValuesOfABatchCountByItemAndOfWhatIsNoneTogether) {
  TranslateLimits limits;
  limits.max_event_values = 6;
  const auto is_taken = [&limits](const std::string& body) {
    const absl::Status status = Translate(body, Shape::kAuto, limits).events.status();
    EXPECT_TRUE(status.ok() || absl::IsFailedPrecondition(status)) << status;
    return status.ok();
  };
  EXPECT_TRUE(is_taken(Cohort(Users(2000, R"(,"user_properties":{"a":1,"b":2,"c":3})"))));
  EXPECT_FALSE(is_taken(Cohort(Users(1, R"(,"user_properties":{"a":1,"b":2,"c":3,"d":4})"))));
  EXPECT_FALSE(is_taken(Cohort(Users(1), R"(,"a":[1,2])")));
  EXPECT_TRUE(is_taken(R"({"event_type":"a","event_time":1,"users":[1,2]})"));
  EXPECT_FALSE(is_taken(R"({"event_type":"a","event_time":1,"users":[1,2,3]})"));
  EXPECT_FALSE(is_taken(R"({"type":"x","data":{"charts":[[1],[2]]}})"));
  EXPECT_FALSE(is_taken(R"([{"type":"x","users":[{"a":1},{"b":2}]}])"));
}

TEST(OwnShapesTest, AMessageIdTellsARetryAndNothingElseDoes) {
  std::set<std::string> ids;
  const auto add = [&ids](const std::string& body, int64_t seconds) {
    for (const v1::Event& event :
         Parsed(Translate(body, Shape::kAuto, TranslateLimits(), absl::FromUnixSeconds(seconds))))
      ids.insert(event.id());
    return ids.size();
  };
  EXPECT_EQ(add(Cohort(Users(2001)), 1), 3u);
  EXPECT_EQ(add(Cohort(Users(2001)), 2), 3u);
  EXPECT_EQ(add(Cohort(Users(2001), R"(,"message_id":"n")"), 3), 6u);
  EXPECT_EQ(add(Cohort(Users(1), R"(,"computed_time":"1692206763")"), 4), 7u);
  EXPECT_EQ(add(Cohort(Users(1), R"(,"computed_time":"1692206763")"), 5), 7u);
  EXPECT_EQ(add(Cohort(Users(1), R"(,"computed_time":"1692206764")"), 6), 8u);
  EXPECT_EQ(add(Cohort(Users(1), ""), 7), 9u);
  EXPECT_EQ(add(Cohort(Users(1), ""), 8), 10u);
}

TEST(OwnShapesTest, ShapesMayBeMixedInAnArray) {
  const std::vector<v1::Event> events = Parsed(Translate(absl::StrCat(
      R"([{"event_type":"a","event_time":1},)", Cohort(Users(1001)),
      R"(,{"charts":[{"header":"h","monitor_id":"m"}]},{"type":"events.track","data":{"event_type":"b","time":1}}])")));
  ASSERT_THAT(events, SizeIs(5));
  EXPECT_EQ(events[0].type(), v1::EVENT_TYPE_EVENTS_TRACK);
  EXPECT_EQ(events[1].cohorts_membership().part(), 1);
  EXPECT_EQ(events[2].cohorts_membership().part(), 2);
  EXPECT_EQ(events[3].monitors_alert().monitor_id(), "m");
  EXPECT_EQ(events[4].events_track().event_type(), "b");
}

}  // namespace
}  // namespace ampstream
