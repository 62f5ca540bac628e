#include "server/amplitude/translator.h"

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
#include "ampstream/v1/event_service.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/amplitude/translate_error.h"

namespace ampstream {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr int64_t kReceived = 1767326400;

absl::StatusOr<std::vector<NewEvent>> Translate(std::string body, const TranslateLimits& limits = TranslateLimits(),
                                                absl::string_view source = "default") {
  Translator translator(limits);
  return translator.Translate(body, {source, absl::FromUnixSeconds(kReceived), ""});
}

// The one event of a body.
NewEvent EventOf(std::string body, absl::string_view source = "default") {
  absl::StatusOr<std::vector<NewEvent>> events = Translate(std::move(body), TranslateLimits(), source);
  EXPECT_TRUE(events.ok()) << events.status();
  if (!events.ok() || events->size() != 1) return NewEvent();
  return events->front();
}

v1::Event Parsed(const NewEvent& event) {
  v1::Event parsed;
  EXPECT_TRUE(parsed.ParseFromString(event.encoded));
  return parsed;
}

EventId IdOf(std::string body, absl::string_view source = "default") { return EventOf(std::move(body), source).id; }

int64_t OccurSeconds(std::string body) { return Parsed(EventOf(std::move(body))).occur_time().seconds(); }

// An object of `values` JSON values in all, of a type that is not known.
std::string EventOfValues(int values) {
  const std::vector<int> items(values - 3);  // Besides the object, its type and the array.
  return absl::StrCat(R"({"type":"x","data":[)", absl::StrJoin(items, ","), "]}");
}

TEST(TranslatorTest, KeepsTheBodysBytes) {
  const std::string sent = R"({"type":"x","data":"a\u00e9"})";
  std::string body = sent;
  Translator translator{TranslateLimits()};
  ASSERT_TRUE(translator.Translate(body, {"default", absl::UnixEpoch(), ""}).ok());
  EXPECT_EQ(body, sent);
}

TEST(TranslatorTest, LeavesNothingOfADeliveryToTheNext) {
  Translator translator{TranslateLimits()};
  const DeliveryInfo delivery{"default", absl::UnixEpoch(), ""};
  std::string first =
      R"({"type":"event.track","event_type":"First","time":1,"user_id":"u","event_properties":{"a":1}})";
  std::string bad = R"([{"type":"event.track","event_type":"Bad","time":1},{"type":"event.track"}])";
  std::string second = R"({"type":"event.track","event_type":"Second","time":2})";
  const std::string fresh = EventOf(second).encoded;
  ASSERT_TRUE(translator.Translate(first, delivery).ok());
  ASSERT_FALSE(translator.Translate(bad, delivery).ok());
  const absl::StatusOr<std::vector<NewEvent>> events = translator.Translate(second, delivery);
  ASSERT_TRUE(events.ok());
  ASSERT_THAT(*events, SizeIs(1));
  EXPECT_EQ(Parsed(events->front()).events_track().event_type(), "Second");
  EXPECT_FALSE(Parsed(events->front()).events_track().has_user_id());
  EXPECT_FALSE(Parsed(events->front()).events_track().has_event_properties());
}

TEST(TranslatorTest, LeavesTheCursorToTheLog) {
  EXPECT_THAT(Parsed(EventOf(R"({"type":"x","data":1})")).cursor(), IsEmpty());
}

TEST(TranslatorTest, RejectsAllOfAnArrayForOneBadItem) {
  const auto events = Translate(R"([{"type":"x"},{"type":"x"},{"type":"event.track","data":{"event_type":"E"}}])");
  EXPECT_EQ(FieldOf(events.status()), "[2].data.time");
}

TEST(TranslatorTest, TakesAsManyEventsAsAreAllowed) {
  TranslateLimits limits;
  limits.max_events = 3;
  EXPECT_THAT(Translate(R"([{"type":"x"},{"type":"x"},{"type":"x"}])", limits).value(), SizeIs(3));
}

TEST(TranslatorTest, RejectsMoreEventsThanAreAllowedBeforeAnyIsTranslated) {
  TranslateLimits limits;
  limits.max_events = 3;
  const absl::Status status = Translate("[1,2,3,4]", limits).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(FieldOf(status), "");
  EXPECT_THAT(std::string(status.message()), HasSubstr("4 events, more than the 3"));
}

TEST(TranslatorTest, TakesAsManyValuesAsAreAllowed) {
  EXPECT_THAT(Translate(EventOfValues(20000)).value(), SizeIs(1));
  const std::string array = absl::StrCat("[", EventOfValues(20000), ",", EventOfValues(20000), "]");
  EXPECT_THAT(Translate(array).value(), SizeIs(2));
}

TEST(TranslatorTest, RejectsMoreValuesThanAreAllowed) {
  const absl::Status status = Translate(EventOfValues(20001)).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(FieldOf(status), "");
  EXPECT_THAT(std::string(status.message()), HasSubstr("20001 JSON values, more than the 20000"));
}

TEST(TranslatorTest, NamesTheItemThatHasMoreValuesThanAreAllowed) {
  const std::string body =
      absl::StrCat("[", EventOfValues(7), ",", EventOfValues(20001), ",", EventOfValues(30000), "]");
  const absl::Status status = Translate(body).status();
  EXPECT_EQ(FieldOf(status), "[1]");
  EXPECT_THAT(std::string(status.message()), HasSubstr("20001"));
}

TEST(TranslatorTest, PrefersAFaultOfJsonToALimit) {
  EXPECT_EQ(Translate(absl::StrCat("[", EventOfValues(20001), ",01]")).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(TranslatorTest, RejectsAnEventThatIsEncodedToMoreThanIsAllowed) {
  const size_t around = EventOf(R"({"type":"x","data":""})").encoded.size();
  TranslateLimits limits;
  limits.max_event_bytes = around + 2000;
  const auto body = [](size_t size) {
    return absl::StrCat(R"([{"type":"y"},{"type":"x","data":")", std::string(size, 'a'), R"("}])");
  };
  EXPECT_TRUE(Translate(body(1900), limits).ok());
  const absl::Status status = Translate(body(2001), limits).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(FieldOf(status), "[1]");
  EXPECT_THAT(std::string(status.message()), HasSubstr(absl::StrCat("more than the ", limits.max_event_bytes)));
}

TEST(TranslatorTest, RejectsADeliveryThatIsEncodedToMoreThanIsAllowed) {
  TranslateLimits limits;
  limits.max_delivery_bytes = 1000;
  EXPECT_TRUE(Translate(R"([{"type":"x","data":1}])", limits).ok());
  std::string body = "[";
  for (int i = 0; i < 20; ++i) absl::StrAppend(&body, i > 0 ? "," : "", R"({"type":"x","data":1})");
  const absl::Status status = Translate(body + "]", limits).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("more than the 1000"));
}

TEST(TranslatorTest, RejectsAnEventOverOneMebibyteByDefault) {
  const std::string text(1 << 20, 'a');
  EXPECT_EQ(Translate(absl::StrCat(R"({"type":"x","data":")", text, R"("})")).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST(TranslatorTest, GivesARetryTheSameIdInBothSpellings) {
  EXPECT_EQ(IdOf(R"({"type":"event.track","data":{"event_type":"E","time":1}})"),
            IdOf(R"({"type":"events.track","created_at":5,"data":{"event_type":"E","time":1}})"));
}

TEST(TranslatorTest, GivesAnEventTheSameIdAloneAndInAnArray) {
  const auto batch = Translate(R"([{"type":"x"},{"type":"event.track","data":{"event_type":"E","time":1}}])");
  ASSERT_TRUE(batch.ok());
  EXPECT_EQ(batch->at(1).id, IdOf(R"({"type":"event.track","data":{"event_type":"E","time":1}})"));
}

TEST(TranslatorTest, TellsEventsOfTwoSourcesAndOfTwoTypesApart) {
  const std::string body = R"({"type":"event.identify","data":{"time":1,"insert_id":"i"}})";
  EXPECT_NE(IdOf(body, "a"), IdOf(body, "b"));
  EXPECT_NE(IdOf(body), IdOf(R"({"type":"event.track","data":{"time":1,"insert_id":"i","event_type":"E"}})"));
  EXPECT_NE(IdOf(R"({"type":"x","data":{"id":1}})"), IdOf(R"({"type":"y","data":{"id":1}})"));
}

TEST(TranslatorTest, GivesWhatBearsNeitherTimeNorIdAnIdOfItsOwn) {
  const std::string body = R"({"type":"x","data":{"user_id":"u","$add":{"logins":1}}})";
  EXPECT_NE(IdOf(body), IdOf(body));
}

TEST(TranslatorTest, OccurredAtTheFirstTimeThatTheDataBears) {
  EXPECT_EQ(OccurSeconds(R"({"type":"x","created_at":9,"data":{"created_at":5,"updated_at":4,"computed_at":3,)"
                         R"("triggered_at":2,"time":1}})"),
            1);
  EXPECT_EQ(OccurSeconds(R"({"type":"x","created_at":9,"data":{"created_at":5,"updated_at":4,"computed_at":3,)"
                         R"("triggered_at":2}})"),
            2);
  EXPECT_EQ(OccurSeconds(R"({"type":"x","data":{"created_at":5,"updated_at":4,"computed_at":3}})"), 3);
  EXPECT_EQ(OccurSeconds(R"({"type":"x","data":{"created_at":5,"updated_at":4}})"), 4);
  EXPECT_EQ(OccurSeconds(R"({"type":"x","created_at":9,"data":{"created_at":5}})"), 5);
  EXPECT_EQ(OccurSeconds(R"({"type":"x","time":6})"), 6);
}

TEST(TranslatorTest, PassesOverATimeThatIsNoFieldAndNotUnderstood) {
  EXPECT_EQ(OccurSeconds(R"({"type":"x","data":{"time":"soon","created_at":5}})"), 5);
  EXPECT_EQ(OccurSeconds(R"({"type":"cohort.computed","data":{"cohort_id":1,"cohort_name":"n","size":1,)"
                         R"("computed_at":3,"triggered_at":"never"}})"),
            3);
}

TEST(TranslatorTest, OccurredWhenTheEnvelopeSaysElseWhenReceived) {
  EXPECT_EQ(OccurSeconds(R"({"type":"x","created_at":9,"data":{"a":1}})"), 9);
  EXPECT_EQ(OccurSeconds(R"({"type":"x","created_at":"soon","data":{"a":1}})"), kReceived);
  EXPECT_EQ(OccurSeconds(R"({"type":"x","data":[1]})"), kReceived);
}

TEST(TranslatorTest, TakesATypeCalledLikeOurNameForUnrecognizedAsUnrecognized) {
  const v1::Event event = Parsed(EventOf(R"({"type":"unrecognized","data":1})"));
  EXPECT_EQ(event.type(), v1::EVENT_TYPE_UNRECOGNIZED);
  EXPECT_EQ(event.unrecognized().type(), "unrecognized");
}

TEST(TranslatorTest, MatchesTypesExactly) {
  for (absl::string_view type : {"Event.track", "event.track ", "event_track", "events.tracks", ""}) {
    EXPECT_EQ(Parsed(EventOf(absl::StrCat(R"({"type":")", type, R"(","data":{}})"))).type(),
              v1::EVENT_TYPE_UNRECOGNIZED)
        << type;
  }
}

TEST(TranslatorTest, KeepsEveryEnvelopeFieldWhateverTheDataIsCalled) {
  const v1::Event event = Parsed(EventOf(R"({"type":"event.track","a":1,"envelope.a":2,"data":)"
                                         R"({"event_type":"E","time":1,"a":3,"envelope.envelope.a":4}})"));
  const auto& fields = event.events_track().additional_fields().fields();
  EXPECT_THAT(fields, SizeIs(4));
  EXPECT_EQ(fields.at("a").number_value(), 3);
  EXPECT_EQ(fields.at("envelope.a").number_value(), 1);
  EXPECT_EQ(fields.at("envelope.envelope.a").number_value(), 4);
  EXPECT_EQ(fields.at("envelope.envelope.envelope.a").number_value(), 2);
}

// A subscriber's parser has protobuf's usual limit; the deepest place for a free map is within an exposure's user.
TEST(TranslatorTest, KeepsTheDeepestMapReadableForDefaultClients) {
  std::string deep = "1";
  for (int i = 0; i < 58; ++i) deep = absl::StrCat(R"({"a":)", deep, "}");
  v1::SubscribeResponse response;
  *response.add_events() = Parsed(EventOf(absl::StrCat(
      R"({"type":"experiment.exposure","data":{"flag_key":"F","time":1,"user":{"user_properties":)", deep, "}}}")));
  v1::SubscribeResponse parsed;
  ASSERT_TRUE(parsed.ParseFromString(response.SerializeAsString()));
  const google::protobuf::Struct* level = &parsed.events(0).experiments_exposure().user().user_properties();
  int levels = 1;
  for (; level->fields().at("a").has_struct_value(); ++levels) level = &level->fields().at("a").struct_value();
  EXPECT_EQ(levels, 32);
  EXPECT_TRUE(level->fields().at("a").has_string_value());
}

}  // namespace
}  // namespace ampstream
