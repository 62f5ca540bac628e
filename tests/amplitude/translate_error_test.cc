#include "server/amplitude/translate_error.h"

#include <string>

#include "absl/status/status.h"
#include "gtest/gtest.h"

namespace ampstream {
namespace {

TEST(TranslateErrorTest, NotJsonTellsTheOffset) {
  const absl::Status status = NotJson(12, "expected ':'");
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(), "not JSON, at byte 12: expected ':'");
  EXPECT_EQ(FieldOf(status), "");
}

TEST(TranslateErrorTest, DoesNotFitTellsThePath) {
  const absl::Status status = DoesNotFit("[2].data.time", "is required");
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(status.message(), "[2].data.time: is required");
  EXPECT_EQ(FieldOf(status), "[2].data.time");
}

TEST(TranslateErrorTest, HasNoPathForTheWholeBody) {
  const absl::Status status = DoesNotFit("", "too many events");
  EXPECT_EQ(status.message(), "too many events");
  EXPECT_EQ(FieldOf(status), "");
}

TEST(TranslateErrorTest, OtherStatusesHaveNoField) {
  EXPECT_EQ(FieldOf(absl::OkStatus()), "");
  EXPECT_EQ(FieldOf(absl::FailedPreconditionError("data.time: is required")), "");
}

}  // namespace
}  // namespace ampstream
