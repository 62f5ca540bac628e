#include "client/cli/error_text.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ampstream {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

CallError FromAmpstream(absl::StatusCode code, v1::ErrorReason reason) {
  CallError error;
  error.code = code;
  error.message = "what is wrong";
  error.from_ampstream = true;
  error.reason = reason;
  error.reason_name = ReasonName(reason);
  return error;
}

TEST(ErrorTextTest, HoldsCodeReasonMessageMetadataAndAdvice) {
  CallError error = FromAmpstream(absl::StatusCode::kOutOfRange, v1::ERROR_REASON_CURSOR_EXPIRED);
  error.metadata = {{"oldest_cursor", "aOld"}, {"newest_cursor", "aNew"}};
  EXPECT_EQ(ErrorText(error, "h:1"),
            "OUT_OF_RANGE CURSOR_EXPIRED: what is wrong (newest_cursor=aNew, oldest_cursor=aOld); start with --from "
            "aOld, and take note that events are missing");
}

TEST(ErrorTextTest, AdvisesToStartAtTheNewestAfterACursorFromTheFuture) {
  CallError error = FromAmpstream(absl::StatusCode::kOutOfRange, v1::ERROR_REASON_CURSOR_FROM_THE_FUTURE);
  error.metadata = {{"newest_cursor", "aNew"}, {"oldest_cursor", "aOld"}};
  EXPECT_THAT(ErrorText(error, "h:1"), EndsWith("; start with --from aNew"));
}

TEST(ErrorTextTest, AdvisesNothingWhereTheCursorIsNotNamed) {
  const CallError error = FromAmpstream(absl::StatusCode::kOutOfRange, v1::ERROR_REASON_CURSOR_EXPIRED);
  EXPECT_EQ(ErrorText(error, "h:1"), "OUT_OF_RANGE CURSOR_EXPIRED: what is wrong");
}

TEST(ErrorTextTest, NamesTheAddressThatIsNotServed) {
  EXPECT_EQ(ErrorText(CallError::Of(absl::UnavailableError("refused")), "h:1"),
            "UNAVAILABLE: refused; is ampstreamd serving gRPC at h:1? (--grpc-address)");
}

TEST(ErrorTextTest, AServerThatDrainsIsNotAskedAfter) {
  EXPECT_THAT(ErrorText(FromAmpstream(absl::StatusCode::kUnavailable, v1::ERROR_REASON_DRAINING), "h:1"),
              EndsWith("; try again later"));
}

TEST(ErrorTextTest, IsOneLine) {
  EXPECT_THAT(ErrorText(CallError::Of(absl::InternalError("a\nb")), "h:1"), HasSubstr("a\\nb"));
}

}  // namespace
}  // namespace ampstream
