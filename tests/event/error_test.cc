#include "server/event/error.h"

#include <string>

#include "absl/status/status.h"
#include "absl/strings/cord.h"
#include "ampstream/v1/error.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ampstream {
namespace {

using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

absl::Status Expired() {
  return MakeError(absl::StatusCode::kOutOfRange, v1::ERROR_REASON_CURSOR_EXPIRED, "cursor: expired");
}

TEST(ErrorTest, BearsCodeTextAndReason) {
  const absl::Status status = Expired();
  EXPECT_EQ(status.code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(status.message(), "cursor: expired");
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_CURSOR_EXPIRED);
  EXPECT_THAT(MetadataOf(status), IsEmpty());
}

TEST(ErrorTest, KeepsEveryReason) {
  for (int value = v1::ErrorReason_MIN; value <= v1::ErrorReason_MAX; ++value) {
    ASSERT_TRUE(v1::ErrorReason_IsValid(value)) << value;
    const auto reason = static_cast<v1::ErrorReason>(value);
    EXPECT_EQ(ReasonOf(MakeError(absl::StatusCode::kInternal, reason, "")), reason);
  }
}

TEST(ErrorTest, BearsMetadata) {
  absl::Status status = WithMetadata(Expired(), "oldest_cursor", "aAAA");
  status = WithMetadata(status, "newest_cursor", "");
  EXPECT_THAT(MetadataOf(status), UnorderedElementsAre(Pair("oldest_cursor", "aAAA"), Pair("newest_cursor", "")));
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_CURSOR_EXPIRED);
}

TEST(ErrorTest, LastValueOfAMetadataKeyWins) {
  const absl::Status status = WithMetadata(WithMetadata(Expired(), "limit", "1"), "limit", "2");
  EXPECT_THAT(MetadataOf(status), UnorderedElementsAre(Pair("limit", "2")));
}

TEST(ErrorTest, HasNoReasonWhereNobodyGaveOne) {
  EXPECT_EQ(ReasonOf(absl::OkStatus()), v1::ERROR_REASON_UNSPECIFIED);
  EXPECT_EQ(ReasonOf(absl::InternalError("bare")), v1::ERROR_REASON_UNSPECIFIED);
  EXPECT_THAT(MetadataOf(absl::InternalError("bare")), IsEmpty());
}

TEST(ErrorTest, HasNoReasonWhereThePayloadHoldsNone) {
  for (const char* payload : {"", "x", "-1", "9999", "99999999999999999999"}) {
    absl::Status status = absl::InternalError("foreign");
    status.SetPayload("ampstream/reason", absl::Cord(payload));
    EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_UNSPECIFIED) << payload;
  }
}

TEST(ErrorTest, LeavesPayloadsOfOthersOutOfTheMetadata) {
  absl::Status status = WithMetadata(Expired(), "limit", "1000");
  status.SetPayload("type.googleapis.com/other", absl::Cord("x"));
  EXPECT_THAT(MetadataOf(status), UnorderedElementsAre(Pair("limit", "1000")));
}

TEST(ErrorTest, OkStaysOk) { EXPECT_EQ(WithMetadata(absl::OkStatus(), "limit", "1"), absl::OkStatus()); }

}  // namespace
}  // namespace ampstream
