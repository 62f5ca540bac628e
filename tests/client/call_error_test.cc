#include "client/call_error.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/fake_event_service.h"

namespace ampstream {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

CallError ErrorOf(const grpc::Status& status) {
  return CallError::Of(StatusWithDetails(status.error_code(), status.error_message(), status.error_details()));
}

bool RetriableWithInfo(grpc::StatusCode code) { return ErrorOf(ErrorWithInfo(code, "m", "INTERNAL", {})).retriable(); }

bool RetriableWithoutInfo(grpc::StatusCode code) { return ErrorOf(grpc::Status(code, "m")).retriable(); }

TEST(CallErrorTest, ReadsReasonAndMetadataFromErrorInfo) {
  const CallError error = ErrorOf(
      ErrorWithInfo(grpc::StatusCode::OUT_OF_RANGE, "too old", "CURSOR_EXPIRED", {{"oldest_cursor", "aOldest"}}));
  EXPECT_EQ(error.code, absl::StatusCode::kOutOfRange);
  EXPECT_EQ(error.message, "too old");
  EXPECT_TRUE(error.from_ampstream);
  EXPECT_EQ(error.reason, v1::ERROR_REASON_CURSOR_EXPIRED);
  EXPECT_EQ(error.reason_name, "CURSOR_EXPIRED");
  EXPECT_THAT(error.metadata, ElementsAre(Pair("oldest_cursor", "aOldest")));
}

TEST(CallErrorTest, KeepsNameOfReasonThatIsNotKnownHere) {
  const CallError error = ErrorOf(ErrorWithInfo(grpc::StatusCode::INTERNAL, "m", "FROM_NEXT_YEAR", {}));
  EXPECT_TRUE(error.from_ampstream);
  EXPECT_EQ(error.reason, v1::ERROR_REASON_UNSPECIFIED);
  EXPECT_EQ(error.reason_name, "FROM_NEXT_YEAR");
}

TEST(CallErrorTest, IgnoresErrorInfoOfAnotherDomain) {
  const CallError error =
      ErrorOf(ErrorWithInfo(grpc::StatusCode::RESOURCE_EXHAUSTED, "m", "TOO_MANY_STREAMS", {}, "example.com"));
  EXPECT_FALSE(error.from_ampstream);
  EXPECT_EQ(error.reason, v1::ERROR_REASON_UNSPECIFIED);
  EXPECT_FALSE(error.retriable());
}

TEST(CallErrorTest, TakesDetailsThatAreNoStatusAsNone) {
  const CallError error = CallError::Of(StatusWithDetails(13, "broken", "\xff\xff\xff"));
  EXPECT_EQ(error.code, absl::StatusCode::kInternal);
  EXPECT_EQ(error.message, "broken");
  EXPECT_FALSE(error.from_ampstream);
}

TEST(CallErrorTest, ReadsAnyOtherStatusByCodeAndMessage) {
  const CallError error = CallError::Of(absl::NotFoundError("no"));
  EXPECT_EQ(error.code, absl::StatusCode::kNotFound);
  EXPECT_EQ(error.message, "no");
  EXPECT_THAT(error.metadata, IsEmpty());
  EXPECT_FALSE(CallError::Of(absl::OkStatus()).retriable());
}

TEST(CallErrorTest, UnavailableIsRetriableWhoeverSaysIt) {
  EXPECT_TRUE(RetriableWithInfo(grpc::StatusCode::UNAVAILABLE));
  EXPECT_TRUE(RetriableWithoutInfo(grpc::StatusCode::UNAVAILABLE));
}

TEST(CallErrorTest, ResourceExhaustedIsRetriableOnlyFromAmpstream) {
  EXPECT_TRUE(RetriableWithInfo(grpc::StatusCode::RESOURCE_EXHAUSTED));
  EXPECT_FALSE(RetriableWithoutInfo(grpc::StatusCode::RESOURCE_EXHAUSTED));
}

TEST(CallErrorTest, BrokenConnectionIsRetriableAndFaultOfTheServerIsNot) {
  for (const grpc::StatusCode code : {grpc::StatusCode::INTERNAL, grpc::StatusCode::UNKNOWN}) {
    EXPECT_FALSE(RetriableWithInfo(code)) << code;
    EXPECT_TRUE(RetriableWithoutInfo(code)) << code;
  }
}

TEST(CallErrorTest, NothingElseIsRetriable) {
  for (const grpc::StatusCode code :
       {grpc::StatusCode::CANCELLED, grpc::StatusCode::INVALID_ARGUMENT, grpc::StatusCode::DEADLINE_EXCEEDED,
        grpc::StatusCode::NOT_FOUND, grpc::StatusCode::ALREADY_EXISTS, grpc::StatusCode::PERMISSION_DENIED,
        grpc::StatusCode::FAILED_PRECONDITION, grpc::StatusCode::ABORTED, grpc::StatusCode::OUT_OF_RANGE,
        grpc::StatusCode::UNIMPLEMENTED, grpc::StatusCode::DATA_LOSS, grpc::StatusCode::UNAUTHENTICATED}) {
    EXPECT_FALSE(RetriableWithInfo(code)) << code;
    EXPECT_FALSE(RetriableWithoutInfo(code)) << code;
  }
}

}  // namespace
}  // namespace ampstream
