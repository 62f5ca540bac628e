#include "server/amplitude/shape.h"

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "server/amplitude/json_parser.h"

namespace ampstream {
namespace {

class ShapeTest : public testing::Test {
 protected:
  const JsonValue& Parse(std::string body) {
    body_ = std::move(body);
    const absl::StatusOr<const JsonValue*> value = parser_.Parse(body_, {1, 1000});
    EXPECT_TRUE(value.ok()) << value.status();
    static const JsonValue nothing = JsonValue();
    return value.ok() ? **value : nothing;
  }

  void Expect(Shape shape, const std::string& body) { EXPECT_EQ(RecognizeShape(Parse(body)), shape) << body; }

  JsonParser parser_;
  std::string body_;
};

TEST_F(ShapeTest, ATypeMakesAnEnvelopeOfWhateverIsInIt) {
  Expect(Shape::kEnvelope, R"({"type":"x","event_type":"a","time":1})");
  Expect(Shape::kEnvelope, R"({"type":"x","cohort_id":"a","users":[]})");
  Expect(Shape::kEnvelope, R"({"type":"x","charts":[]})");
  Expect(Shape::kEnvelope, R"({"type":"x","flagId":1,"action":"a"})");
  Expect(Shape::kEnvelope, R"({"type":7,"user_id":"u","user_properties":{}})");
}

TEST_F(ShapeTest, WhatTellsNothingIsAnEnvelope) {
  Expect(Shape::kEnvelope, "{}");
  Expect(Shape::kEnvelope, R"({"event_type":"a"})");
  Expect(Shape::kEnvelope, R"({"user_id":"u"})");
  Expect(Shape::kEnvelope, R"({"user_properties":{}})");
  Expect(Shape::kEnvelope, R"({"user_id":null,"user_properties":{}})");
  Expect(Shape::kEnvelope, R"({"user_id":"u","user_properties":"none"})");
  Expect(Shape::kEnvelope, R"({"cohort_id":"c"})");
  Expect(Shape::kEnvelope, R"({"charts":{}})");
  Expect(Shape::kEnvelope, R"({"flagId":1})");
}

TEST_F(ShapeTest, AnExportedEventHasATypeAndATime) {
  Expect(Shape::kExportEvent, R"({"event_type":"a","event_time":"2026-01-02 03:04:05"})");
  Expect(Shape::kExportEvent, R"({"event_type":"a","client_event_time":""})");
  Expect(Shape::kExportEvent, R"({"event_type":"a","time":null,"type":null})");
  Expect(Shape::kExportEvent, R"({"event_type":null,"event_time":1,"user_id":"u","user_properties":{}})");
}

TEST_F(ShapeTest, TellsTheOthersByTheirFields) {
  Expect(Shape::kIdentify, R"({"user_id":"u","user_properties":{}})");
  Expect(Shape::kIdentify, R"({"device_id":"d","groups":{}})");
  Expect(Shape::kCohort, R"({"cohort_id":"c","users":[]})");
  Expect(Shape::kMonitor, R"({"charts":[]})");
  Expect(Shape::kExperimentAlert, R"({"flagId":1,"action":"created"})");
}

TEST_F(ShapeTest, AUserHasAnIdAndNothingThatSaysMore) {
  for (const std::string body : {R"({"user_id":"u"})", R"({"device_id":"d","user_properties":{}})",
                                 R"({"amplitude_id":1})", R"({"user_id":"u","type":null})"}) {
    EXPECT_TRUE(LooksLikeUser(Parse(body))) << body;
  }
  for (const std::string body : {"{}", R"({"user_id":null})", R"({"user_id":"u","event_type":"a"})",
                                 R"({"user_id":"u","type":"a"})", R"({"user_id":"u","cohort_id":"c"})"}) {
    EXPECT_FALSE(LooksLikeUser(Parse(body))) << body;
  }
}

}  // namespace
}  // namespace ampstream
