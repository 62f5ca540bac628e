#include "server/filter/expression_matcher.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "ampstream/v1/event.pb.h"

namespace ampstream {
namespace {

using testing::HasSubstr;

constexpr char kTrack[] = R"pb(
  id: "1"
  type: EVENT_TYPE_EVENTS_TRACK
  source: "shop"
  occur_time { seconds: 1767323045 }
  events_track {
    event_type: "Buy"
    time { seconds: 1767323045 }
    user_id: "ann"
    device_id: "phone"
    session_id: 1767323045678
    event_properties {
      fields {
        key: "plan"
        value { string_value: "pro" }
      }
      fields {
        key: "price"
        value { number_value: 9.5 }
      }
      fields {
        key: "nan"
        value { number_value: nan }
      }
      fields {
        key: "trial"
        value { bool_value: true }
      }
      fields {
        key: "nothing"
        value { null_value: NULL_VALUE }
      }
      fields {
        key: "[Amplitude] Page"
        value { string_value: "home" }
      }
      fields {
        key: ""
        value { string_value: "empty" }
      }
      fields {
        key: "big"
        value { string_value: "123456789012345678901" }
      }
      fields {
        key: "negative"
        value { string_value: "-123456789012345678901" }
      }
      fields {
        key: "tags"
        value {
          list_value {
            values { string_value: "a" }
            values { string_value: "b" }
            values { number_value: 7 }
          }
        }
      }
      fields {
        key: "items"
        value {
          list_value {
            values {
              struct_value {
                fields {
                  key: "sku"
                  value { string_value: "s1" }
                }
                fields {
                  key: "count"
                  value { number_value: 1 }
                }
              }
            }
            values {
              struct_value {
                fields {
                  key: "sku"
                  value { string_value: "s2" }
                }
                fields {
                  key: "count"
                  value { number_value: 5 }
                }
              }
            }
          }
        }
      }
      fields {
        key: "cart"
        value {
          struct_value {
            fields {
              key: "total"
              value { number_value: 12 }
            }
            fields {
              key: "inner"
              value {
                struct_value {
                  fields {
                    key: "deep"
                    value { string_value: "yes" }
                  }
                }
              }
            }
          }
        }
      }
    }
  })pb";
constexpr char kIdentify[] = R"pb(
  id: "2"
  type: EVENT_TYPE_EVENTS_IDENTIFY
  source: "shop"
  events_identify {
    user_id: "bob"
    user_properties {
      fields {
        key: "country"
        value { string_value: "DE" }
      }
    }
  })pb";
constexpr char kExposure[] = R"pb(
  id: "3"
  type: EVENT_TYPE_EXPERIMENTS_EXPOSURE
  source: "web"
  experiments_exposure {
    flag_key: "checkout-v2"
    variant: "treatment"
    device_id: "tablet"
    metadata { deployment_name: "prod" flag_version: 3 }
    user { country: "DE" }
  })pb";
constexpr char kAlert[] = R"pb(
  id: "4"
  type: EVENT_TYPE_MONITORS_ALERT
  source: "web"
  monitors_alert {
    monitor_id: "m"
    monitor_name: "Errors \"5xx\""
    triggered_at { seconds: 1767323045 nanos: 5 }
    value: 250.5
    threshold: 100
    dashboard_id: 7
    recipients: "a@example.com"
    recipients: "b@example.com"
  })pb";
constexpr char kCohort[] = R"pb(
  id: "5"
  type: EVENT_TYPE_COHORTS_COMPUTED
  source: "web"
  cohorts_computed { cohort_id: "c" cohort_name: "K\303\244ufer" size: 12 app_id: 5 published: true })pb";
constexpr char kNote[] = R"pb(
  id: "6"
  type: EVENT_TYPE_ANNOTATIONS_CREATED
  source: "web"
  annotations_created { id: 4711 label: "Release\t1" date: "2026-01-02" app_id: 9 source: "api" })pb";
constexpr char kUnknown[] = R"pb(
  id: "7"
  type: EVENT_TYPE_UNRECOGNIZED
  source: "web"
  unrecognized {
    type: "new.thing"
    data {
      struct_value {
        fields {
          key: "a"
          value { number_value: 1 }
        }
        fields {
          key: "list"
          value { list_value { values { list_value { values { string_value: "x" } } } } }
        }
      }
    }
    additional_fields {
      fields {
        key: "extra"
        value { bool_value: true }
      }
    }
  })pb";

std::string Encoded(absl::string_view text) {
  v1::Event event;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(std::string(text), &event)) << text;
  return event.SerializeAsString();
}

struct Case {
  const char* event;
  absl::string_view expression;
  bool matches;
};

const Case kCases[] = {
    {kTrack, "source = \"shop\"", true},
    {kTrack, "source != \"shop\"", false},
    {kTrack, "source = \"Shop\"", false},
    {kTrack, "source = \"sh*\"", true},
    {kTrack, "source = \"*\"", true},
    {kTrack, "source = \"sh\\*\"", false},
    {kTrack, "source = 'shop'", true},
    {kTrack, "source < \"t\"", true},
    {kTrack, "source <= \"shop\"", true},
    {kTrack, "source > \"shop\"", false},
    {kTrack, "source >= \"shop\"", true},
    {kTrack, "source:\"shop\"", true},
    {kTrack, "source:*", true},
    {kTrack, "id = \"1\"", true},
    {kTrack, "type = \"events.track\"", true},
    {kTrack, "type = \"events.identify\"", false},
    {kTrack, "type != \"events.identify\"", true},
    {kTrack, "type:\"events.track\"", true},
    {kTrack, "cursor:*", false},
    {kTrack, "trace_parent:*", false},
    {kTrack, "trace_parent = \"x\"", false},
    {kTrack, "trace_parent != \"x\"", false},
    {kTrack, "NOT trace_parent = \"x\"", true},
    {kTrack, "NOT trace_parent:*", true},
    {kTrack, "-trace_parent:*", true},
    {kTrack, "events_track:*", true},
    {kTrack, "monitors_alert:*", false},
    {kTrack, "events_track.event_type = \"Buy\"", true},
    {kTrack, "event_type = \"Buy\"", true},
    {kTrack, "user_id = \"ann\"", true},
    {kTrack, "user_id != \"ann\"", false},
    {kTrack, "user_id != \"bob\"", true},
    {kIdentify, "user_id = \"bob\"", true},
    {kExposure, "user_id = \"ann\"", false},
    {kExposure, "user_id != \"ann\"", false},
    {kExposure, "NOT user_id = \"ann\"", true},
    {kAlert, "user_id:*", false},
    {kTrack, "device_id = \"phone\" AND user_id = \"ann\"", true},
    {kTrack, "device_id = \"phone\" AND user_id = \"bob\"", false},
    {kTrack, "device_id = \"none\" OR user_id = \"ann\"", true},
    {kTrack, "device_id = \"none\" OR user_id = \"bob\"", false},
    {kTrack, "NOT (device_id = \"none\" OR user_id = \"bob\")", true},
    {kTrack, "NOT NOT user_id = \"ann\"", true},
    {kTrack, "(user_id = \"ann\")", true},
    {kTrack, "((user_id = \"ann\") AND (source = \"shop\"))", true},
    {kTrack, "user_id = \"ann\" AND (source = \"web\" OR source = \"shop\")", true},
    {kTrack, "(user_id = \"x\" AND source = \"shop\") OR id = \"1\"", true},
    {kTrack, "user_id = \"ann\" AND source = \"shop\" AND id = \"1\" AND type = \"events.track\"", true},
    {kTrack, "session_id = 1767323045678", true},
    {kTrack, "session_id = 1767323045677", false},
    {kTrack, "session_id != 1767323045677", true},
    {kTrack, "session_id > 1767323045677", true},
    {kTrack, "session_id >= 1767323045678.0", true},
    {kTrack, "session_id > 1767323045677.5", true},
    {kTrack, "session_id < 1767323045678.5", true},
    {kTrack, "session_id = 1767323045678.5", false},
    {kTrack, "session_id < 1e13", true},
    {kTrack, "session_id > -5", true},
    {kTrack, "session_id = 99999999999999999999", false},
    {kTrack, "session_id < 99999999999999999999", true},
    {kTrack, "session_id:1767323045678", true},
    {kTrack, "session_id:*", true},
    {kIdentify, "session_id:*", false},
    {kTrack, "occur_time = \"2026-01-02T03:04:05Z\"", true},
    {kTrack, "occur_time = \"2026-01-02T04:04:05+01:00\"", true},
    {kTrack, "occur_time > \"2026-01-02T03:04:04.999Z\"", true},
    {kTrack, "occur_time > \"2026-01-02T03:04:05Z\"", false},
    {kTrack, "occur_time >= \"2026-01-02T03:04:05Z\"", true},
    {kTrack, "occur_time < \"2026-01-02T03:04:06Z\"", true},
    {kTrack, "occur_time != \"2026-01-02T03:04:05Z\"", false},
    {kTrack, "time = \"2026-01-02T03:04:05Z\"", true},
    {kAlert, "time:*", false},
    {kAlert, "triggered_at > \"2026-01-01T00:00:00Z\"", true},
    {kAlert, "receive_time:*", false},
    {kTrack, "event_properties.plan = \"pro\"", true},
    {kTrack, "event_properties.plan != \"pro\"", false},
    {kTrack, "event_properties.plan != \"free\"", true},
    {kTrack, "event_properties.plan = \"p*\"", true},
    {kTrack, "event_properties.plan > \"free\"", true},
    {kTrack, "event_properties.plan = 5", false},
    {kTrack, "event_properties.plan != 5", false},
    {kTrack, "event_properties.none = \"x\"", false},
    {kTrack, "event_properties.none != \"x\"", false},
    {kTrack, "NOT event_properties.none = \"x\"", true},
    {kTrack, "event_properties.none:*", false},
    {kTrack, "event_properties.plan:*", true},
    {kTrack, "event_properties.nothing:*", false},
    {kTrack, "event_properties.nothing = \"x\"", false},
    {kTrack, "event_properties.price = 9.5", true},
    {kTrack, "event_properties.price > 9", true},
    {kTrack, "event_properties.price < 9.5", false},
    {kTrack, "event_properties.price <= 9.5", true},
    {kTrack, "event_properties.price >= 10", false},
    {kTrack, "event_properties.price != 9.5", false},
    {kTrack, "event_properties.price = \"9.5\"", false},
    {kTrack, "event_properties.price > -1e3", true},
    {kTrack, "event_properties.nan = 1", false},
    {kTrack, "event_properties.nan != 1", false},
    {kTrack, "event_properties.nan < 1", false},
    {kTrack, "event_properties.nan:*", true},
    {kTrack, "event_properties.trial = true", true},
    {kTrack, "event_properties.trial = false", false},
    {kTrack, "event_properties.trial != false", true},
    {kTrack, "event_properties.trial:true", true},
    {kTrack, "event_properties.trial = \"true\"", false},
    {kTrack, "event_properties.\"[Amplitude] Page\" = \"home\"", true},
    {kTrack, "event_properties.'[Amplitude] Page' = \"home\"", true},
    {kTrack, "events_track.event_properties.\"[Amplitude] Page\" = \"home\"", true},
    {kTrack, "event_properties.\"\" = \"empty\"", true},
    {kTrack, "event_properties.big = 123456789012345678901", true},
    {kTrack, "event_properties.big != 123456789012345678901", false},
    {kTrack, "event_properties.big > 123456789012345678900", true},
    {kTrack, "event_properties.big < 123456789012345678902", true},
    {kTrack, "event_properties.big > 5", true},
    {kTrack, "event_properties.big > -5", true},
    {kTrack, "event_properties.big > 1.5", true},
    {kTrack, "event_properties.big = \"123456789012345678901\"", true},
    {kTrack, "event_properties.negative < -123456789012345678900", true},
    {kTrack, "event_properties.negative = -123456789012345678901", true},
    {kTrack, "event_properties.negative > 0", false},
    {kTrack, "event_properties.tags = \"a\"", true},
    {kTrack, "event_properties.tags = \"b\"", true},
    {kTrack, "event_properties.tags = \"c\"", false},
    {kTrack, "event_properties.tags != \"a\"", true},
    {kTrack, "event_properties.tags:\"b\"", true},
    {kTrack, "event_properties.tags:*", true},
    {kTrack, "event_properties.tags = 7", true},
    {kTrack, "event_properties.tags > 6", true},
    {kTrack, "event_properties.items.sku = \"s2\"", true},
    {kTrack, "event_properties.items.sku = \"s3\"", false},
    {kTrack, "event_properties.items.count > 4", true},
    {kTrack, "event_properties.cart.total = 12", true},
    {kTrack, "event_properties.cart.total:*", true},
    {kTrack, "event_properties.cart.inner.deep = \"yes\"", true},
    {kTrack, "event_properties.cart.inner.none:*", false},
    {kTrack, "event_properties.cart:*", true},
    {kTrack, "event_properties.cart:\"total\"", true},
    {kTrack, "event_properties.cart:\"none\"", false},
    {kTrack, "event_properties:\"plan\"", true},
    {kTrack, "event_properties:\"none\"", false},
    {kTrack, "event_properties:*", true},
    {kTrack, "user_properties:*", false},
    {kIdentify, "user_properties.country = \"DE\"", true},
    {kTrack, "user_properties.country = \"DE\"", false},
    {kExposure, "flag_key = \"checkout-v2\"", true},
    {kExposure, "variant = \"treatment\"", true},
    {kExposure, "metadata.deployment_name = \"prod\"", true},
    {kExposure, "experiments_exposure.metadata.flag_version >= 3", true},
    {kExposure, "metadata.flag_version < 3", false},
    {kExposure, "metadata:*", true},
    {kTrack, "metadata:*", false},
    {kExposure, "user.country = \"DE\"", true},
    {kExposure, "user:*", true},
    {kExposure, "user.city:*", false},
    {kAlert, "monitors_alert.value > 100", true},
    {kAlert, "value > 100 AND threshold = 100", true},
    {kAlert, "value <= 100", false},
    {kAlert, "value = 250.5", true},
    {kAlert, "value:*", true},
    {kAlert, "recipients = \"a@example.com\"", true},
    {kAlert, "recipients = \"c@example.com\"", false},
    {kAlert, "recipients:\"b@example.com\"", true},
    {kAlert, "recipients != \"a@example.com\"", true},
    {kAlert, "recipients = \"*\"", true},
    {kAlert, "recipients:*", true},
    {kAlert, "dashboard_id = 7", true},
    {kAlert, "monitor_name = \"Errors \\\"5xx\\\"\"", true},
    {kAlert, "monitor_name = 'Errors \"5xx\"'", true},
    {kAlert, "type = \"monitors.alert\" AND monitors_alert.value > 100", true},
    {kCohort, "size >= 12", true},
    {kCohort, "published = true", true},
    {kCohort, "published = false", false},
    {kCohort, "cohort_name = \"Käufer\"", true},
    {kCohort, "cohort_name = \"K*\"", true},
    {kCohort, "app_id = 5", true},
    {kCohort, "app_id:*", true},
    {kNote, "app_id = 9", true},
    {kNote, "label = \"Release\\t1\"", true},
    {kNote, "annotations_created.id = 4711", true},
    {kNote, "annotations_created.source = \"api\"", true},
    {kNote, "source = \"web\"", true},
    {kUnknown, "data.a = 1", true},
    {kUnknown, "data.a:*", true},
    {kUnknown, "unrecognized.type = \"new.thing\"", true},
    {kUnknown, "data.list = \"x\"", true},
    {kUnknown, "additional_fields.extra = true", true},
    {kUnknown, "type = \"unrecognized\"", true},
};

TEST(ExpressionMatcherTest, Matches) {
  for (const Case& one : kCases) {
    const auto matcher = ExpressionMatcher::Compile(one.expression, ExpressionLimits());
    ASSERT_TRUE(matcher.ok()) << one.expression << ": " << matcher.status();
    EXPECT_EQ((*matcher)->Matches(Encoded(one.event)), one.matches) << one.expression << one.event;
    // The normal form means the same, and is its own.
    const auto again = ExpressionMatcher::Compile((*matcher)->normalized(), ExpressionLimits());
    ASSERT_TRUE(again.ok()) << (*matcher)->normalized() << ": " << again.status();
    EXPECT_EQ((*again)->normalized(), (*matcher)->normalized());
    EXPECT_EQ((*again)->Matches(Encoded(one.event)), one.matches) << (*matcher)->normalized();
  }
}

struct Broken {
  absl::string_view expression;
  std::string error;
};

const Broken kBroken[] = {
    {"", "column 1: found the end, expected a path"},
    {"   ", "column 4: found the end"},
    {"user_id", "column 8: found the end, expected one of = != < <= > >= :"},
    {"user_id =", "column 10: found the end, expected a value"},
    {"user_id = ann", "column 11: found ann, expected a value: a text in quotes"},
    {"user_id == \"ann\"", "column 10: found =, expected a value"},
    {"user_id = \"ann", "column 11: found a text that does not end, expected a closing \""},
    {"user_id = 'ann\"", "column 11: found a text that does not end, expected a closing '"},
    {"user_id = \"a\\x\"", "column 13: found a \\ in a text, expected one of"},
    {"user_id \"ann\"", "column 9: found \"ann\", expected one of"},
    {"\"user_id\" = \"ann\"", "column 1: found \"user_id\", expected a path"},
    {"= \"ann\"", "column 1: found =, expected a path"},
    {"user_id = \"ann\" source = \"shop\"", "column 17: found source, expected AND, OR or the end"},
    {"user_id = \"ann\" and source = \"shop\"",
     "column 17: found and, expected AND, OR or the end; did you mean AND\?"},
    {"user_id = \"ann\" Or source = \"shop\"", "did you mean OR\?"},
    {"not user_id = \"ann\"", "expected one of"},
    {"user_id = \"ann\" AND", "column 20: found the end, expected a path"},
    {"user_id = \"ann\" AND AND id = \"1\"", "column 21: found AND, expected a path"},
    {"AND user_id = \"ann\"", "column 1: found AND, expected a path"},
    {"OR", "column 1: found OR"},
    {"NOT", "column 4: found the end, expected a path"},
    {"- -", "column 4: found the end"},
    {"(user_id = \"ann\"", "column 17: found the end, expected AND, OR or )"},
    {"user_id = \"ann\")", "column 16: found ), expected AND, OR or the end"},
    {"()", "column 2: found ), expected a path"},
    {"((user_id = \"ann\")", "column 19: found the end"},
    {"id = \"1\" AND id = \"2\" OR id = \"3\"",
     "column 23: found OR beside AND, expected parentheses: (a AND b) OR c, or a AND (b OR c)"},
    {"id = \"1\" OR id = \"2\" AND id = \"3\"",
     "column 22: found AND beside OR, expected parentheses: (a OR b) AND c, or a OR (b AND c)"},
    {"user_id > *", "column 11: found *, expected a value"},
    {"user_id = *", "column 11: found *, expected a value"},
    {"user_id != \"a*\"", "column 12: found a * at the end of a text after !=, expected = for a prefix"},
    {"user_id:\"a*\"", "column 9: found a * at the end of a text after :"},
    {"user_id < \"a*\"", "after <"},
    {"user_id = -\"a\"", "column 12: found \"a\", expected a number"},
    {"user_id. = \"a\"", "column 10: found =, expected a name"},
    {"user_id..x = \"a\"", "column 9: found ., expected a name"},
    {".user_id = \"a\"", "column 1: found ., expected a path"},
    {"user_id.5 = \"a\"", "column 9: found 5, expected a name"},
    {"user_id = #", "column 11: found #, expected"},
    {"user_id = \"a\" & id = \"1\"", "column 15: found &, expected"},
    {"user_id ~ \"a\"", "column 9: found ~"},
    {"user_id = \"a\"; id = \"1\"", "column 14: found"},
    {"user_id, = \"a\"", "column 8: found ,"},
    {"ü = \"a\"", "column 1: found ü"},
    {"source = \"ü\" ü", "column 14: found ü"},
    {"usr_id = \"a\"",
     "column 1: found the path usr_id, expected a field of Event or of a payload; did you mean user_id\?"},
    {"events_track.user = \"a\"", "column 14: found the path events_track.user"},
    {"events_trak.user_id = \"a\"", "column 1: found the path events_trak"},
    {"monitors_alert.valeu > 5",
     "column 16: found the path monitors_alert.valeu, expected a field of Event or of a payload; did you mean "
     "monitors_alert.value\?"},
    {"user_id.x = \"a\"", "column 9: found x below events_track.user_id, expected no more: that is a text"},
    {"occur_time.seconds = 5", "column 12: found seconds below occur_time, expected no more: that is a time"},
    {"type.x = \"a\"", "column 6: found x below type"},
    {"user_id = 5", "column 11: found the number 5, expected a text in quotes"},
    {"user_id = true", "column 11: found true, expected a text"},
    {"session_id = \"5\"", "column 14: found a text, expected a number"},
    {"session_id = true", "column 14: found true, expected a number"},
    {"value = \"high\"", "column 9: found a text, expected a number"},
    {"published = \"true\"", "column 13: found a text, expected true or false"},
    {"published = 1", "column 13: found the number 1, expected true or false"},
    {"published > true", "column 11: found >, expected = or != before true and false"},
    {"type = \"events.trak\"",
     "column 8: found \"events.trak\", expected the name of a type, such as \"events.track\"; did you mean "
     "events.track\?"},
    {"type = \"EVENT_TYPE_EVENTS_TRACK\"", "column 8: found \"EVENT_TYPE_EVENTS_TRACK\", expected the name of a type"},
    {"type = \"events.*\"", "column 8: found \"events.*\", expected the name of a type"},
    {"type = 1", "column 8: found the number 1, expected a type in quotes"},
    {"type > \"events.track\"", "column 6: found >, expected = or != before a type"},
    {"occur_time > \"yesterday\"", "column 14: found \"yesterday\", expected a time such as"},
    {"occur_time > \"2026-01-02\"", "column 14: found \"2026-01-02\", expected a time"},
    {"occur_time > 1767323045", "column 14: found the number 1767323045, expected a time in quotes"},
    {"occur_time = \"2026*\"", "column 14: found \"2026*\", expected a time"},
    {"occur_time = true", "expected a time"},
    {"events_track = \"a\"", "column 16: found a text, expected * after :, or a path to one of its fields"},
    {"events_track:\"user_id\"", "column 14: found a text, expected * after :"},
    {"event_properties = \"a\"", "column 20: found a text, expected :* or :\"KEY\""},
    {"event_properties = 5", "column 20: found the number 5, expected :*"},
    {"event_properties:5", "column 18: found the number 5, expected :*"},
    {"event_properties.plan > true", "column 23: found >, expected = or !="},
    {"user_id = 1e", "column 12: found e, expected AND, OR or the end"},
    {"session_id = 01x", "column 16: found x, expected AND, OR or the end"},
    {"session_id = 5 5", "column 16: found 5, expected AND"},
};

TEST(ExpressionMatcherTest, SaysWhereAndWhatIsWrong) {
  for (const Broken& one : kBroken) {
    const absl::Status status = ExpressionMatcher::Compile(one.expression, ExpressionLimits()).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << one.expression << ": " << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(one.error)) << one.expression;
  }
}

TEST(ExpressionMatcherTest, HasLimits) {
  const auto error = [](const std::string& expression) {
    return std::string(ExpressionMatcher::Compile(expression, ExpressionLimits()).status().message());
  };
  EXPECT_THAT(error(std::string(4097, ' ')), HasSubstr("4097 bytes are more than the 4096"));
  EXPECT_THAT(error(std::string(33, '(')), HasSubstr("column 33: parentheses and NOT are deeper than the 32"));
  std::string nots;
  for (int i = 0; i < 40; ++i) nots += "NOT ";
  EXPECT_THAT(error(nots + "id:*"), HasSubstr("deeper than the 32"));
  std::string many = "id:*";
  for (int i = 1; i < 200; ++i) many += " OR id:*";
  EXPECT_EQ(error(many), "");
  EXPECT_THAT(error(many + " OR id:*"), HasSubstr("more comparisons than the 200"));
}

TEST(ExpressionMatcherTest, EqualExpressionsHaveOneNormalForm) {
  const auto normal = [](absl::string_view expression) {
    const auto matcher = ExpressionMatcher::Compile(expression, ExpressionLimits());
    EXPECT_TRUE(matcher.ok()) << matcher.status();
    return matcher.ok() ? (*matcher)->normalized() : "";
  };
  EXPECT_EQ(normal("id='1'   AND(source=\"a\")"), R"(id = "1" AND source = "a")");
  EXPECT_EQ(normal(R"(source = "a" AND id = "1")"), R"(id = "1" AND source = "a")");
  EXPECT_EQ(normal(R"((id = "1" AND source = "a") AND id = "1")"), R"(id = "1" AND source = "a")");
  EXPECT_EQ(normal(R"(-(NOT id = "1"))"), R"(id = "1")");
  EXPECT_EQ(normal(R"(id = "1" OR (cursor:* AND source = "a"))"), R"((cursor:* AND source = "a") OR id = "1")");
  EXPECT_EQ(normal(R"(id = "1" OR id = "1")"), R"(id = "1")");
  // They differ where the field is absent.
  EXPECT_NE(normal(R"(id != "1")"), normal(R"(NOT id = "1")"));
  EXPECT_EQ(normal(R"(event_properties."plan" = "a\*")"), R"(event_properties.plan = "a\*")");
  EXPECT_EQ(normal(R"(event_properties."AND"."a b".'c"' = "x*")"), R"(event_properties."AND"."a b"."c\"" = "x*")");
}

}  // namespace
}  // namespace ampstream
