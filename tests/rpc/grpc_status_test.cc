#include "server/rpc/grpc_status.h"

#include <gtest/gtest.h>

#include <string>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "server/event/cursor.h"
#include "server/event/error.h"

namespace ampstream {
namespace {

TEST(GrpcStatusTest, EveryReasonHasACodeThatIsNotOk) {
  for (int value = v1::ErrorReason_MIN + 1; value <= v1::ErrorReason_MAX; ++value) {
    ASSERT_TRUE(v1::ErrorReason_IsValid(value));
    EXPECT_NE(CodeOf(static_cast<v1::ErrorReason>(value)), grpc::StatusCode::OK) << value;
  }
}

TEST(GrpcStatusTest, BearsAnErrorInfoWithReasonAndMetadata) {
  LogInfo info;
  info.epoch = Epoch(1);
  info.oldest = Position(5);
  const absl::Status error =
      WithCursors(MakeError(absl::StatusCode::kOutOfRange, v1::ERROR_REASON_CURSOR_EXPIRED, "expired"), info);
  const grpc::Status status = ToGrpcStatus(error);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::OUT_OF_RANGE);
  EXPECT_EQ(status.error_message(), "expired");
  google::rpc::Status details;
  google::rpc::ErrorInfo error_info;
  ASSERT_TRUE(details.ParseFromString(status.error_details()));
  ASSERT_TRUE(details.details(0).UnpackTo(&error_info));
  EXPECT_EQ(error_info.reason(), "CURSOR_EXPIRED");
  EXPECT_EQ(error_info.domain(), "ampstream");
  EXPECT_EQ(error_info.metadata().at("oldest_cursor"), (Cursor{Epoch(1), Position(5)}.Encode()));
}

TEST(GrpcStatusTest, TakesAStatusWithoutAReasonForTheLogsOrForAFault) {
  EXPECT_EQ(ReasonOrDefault(absl::UnavailableError("log")), v1::ERROR_REASON_LOG_UNAVAILABLE);
  EXPECT_EQ(ToGrpcStatus(absl::DataLossError("x")).error_code(), grpc::StatusCode::INTERNAL);
  EXPECT_TRUE(ToGrpcStatus(absl::OkStatus()).ok());
}

}  // namespace
}  // namespace ampstream
