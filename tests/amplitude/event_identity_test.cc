#include "server/amplitude/event_identity.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"
#include "server/amplitude/json_parser.h"

namespace ampstream {
namespace {

EventId IdOf(std::string data) {
  JsonParser parser;
  return IdentityOf("default", "events.track", *parser.Parse(data, {1000, 1000}).value());
}

TEST(EventIdentityTest, IsOfTheInsertIdWithTheIdsOfDeviceAndUserAlone) {
  const EventId id = IdOf(R"({"insert_id":"i","device_id":"d","user_id":"u","time":1})");
  EXPECT_EQ(IdOf(R"({"user_id":"u","device_id":"d","more":[1],"insert_id":"i"})"), id);
  EXPECT_NE(IdOf(R"({"insert_id":"j","device_id":"d","user_id":"u","time":1})"), id);
  EXPECT_NE(IdOf(R"({"insert_id":"i","device_id":"e","user_id":"u","time":1})"), id);
  EXPECT_NE(IdOf(R"({"insert_id":"i","device_id":"d","user_id":"v","time":1})"), id);
}

TEST(EventIdentityTest, TellsAbsentIdsFromEmptyOnesAndFromEachOther) {
  const EventId absent = IdOf(R"({"insert_id":"i"})");
  EXPECT_EQ(IdOf(R"({"insert_id":"i","user_id":null})"), absent);
  EXPECT_NE(IdOf(R"({"insert_id":"i","user_id":""})"), absent);
  EXPECT_NE(IdOf(R"({"insert_id":"i","user_id":"a"})"), IdOf(R"({"insert_id":"i","device_id":"a"})"));
}

TEST(EventIdentityTest, TakesTheIdsOfAnExposuresUser) {
  EXPECT_EQ(IdOf(R"({"insert_id":"i","user":{"user_id":"u","device_id":"d"}})"),
            IdOf(R"({"insert_id":"i","user_id":"u","device_id":"d"})"));
  EXPECT_NE(IdOf(R"({"insert_id":"i","user":{"user_id":"u"}})"), IdOf(R"({"insert_id":"i","user":{"user_id":"v"}})"));
  EXPECT_EQ(IdOf(R"({"insert_id":"i","user":"u"})"), IdOf(R"({"insert_id":"i"})"));
}

TEST(EventIdentityTest, TakesAnInsertIdOfAnyKind) {
  EXPECT_EQ(IdOf(R"({"insert_id":7})"), IdOf(R"({"insert_id":"7"})"));
  EXPECT_EQ(IdOf(R"({"insert_id":["a"],"x":1})"), IdOf(R"({"insert_id":["a"],"x":2})"));
}

TEST(EventIdentityTest, IsOfTheBytesWithoutAnInsertId) {
  for (absl::string_view insert_id : {R"("x":0)", R"("insert_id":"")", R"("insert_id":null)"}) {
    const std::string data = absl::StrCat("{", insert_id, ",\"time\":1}");
    EXPECT_EQ(IdOf(data), IdOf(data));
    EXPECT_NE(IdOf(data), IdOf(absl::StrCat("{", insert_id, ", \"time\":1}")));
  }
}

TEST(EventIdentityTest, IsOfTheBytesIfTheyBearATimeOrAnIdOfTheEvent) {
  for (absl::string_view key : {"time", "date", "timestamp", "event_time", "triggered_at", "created_at", "id",
                                "event_id", "uuid", "message_id", "annotation_id", "monitor_id", "cohort_id"}) {
    const std::string data = absl::StrCat("{\"a\":1,\"", key, "\":7}");
    EXPECT_EQ(IdOf(data), IdOf(data)) << key;
  }
}

TEST(EventIdentityTest, IsRandomForWhatBearsNeither) {
  for (absl::string_view data : {R"({})", R"({"user_id":"u"})", R"({"device_id":"d","session_id":5,"app_id":6})",
                                 R"({"time":null,"id":null})", R"({"nested":{"time":1,"id":2}})", R"([1])"}) {
    EXPECT_NE(IdOf(std::string(data)), IdOf(std::string(data))) << data;
  }
}

}  // namespace
}  // namespace ampstream
