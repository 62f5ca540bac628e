#include "server/base/status_macros.h"

#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gtest/gtest.h"

namespace ampstream {
namespace {

absl::Status Failed() { return absl::DataLossError("torn"); }

absl::StatusOr<int> Half(int value) {
  if (value % 2 != 0) return absl::InvalidArgumentError("odd");
  return value / 2;
}

absl::Status Check(const absl::Status& first, int* evaluated) {
  AMPSTREAM_RETURN_IF_ERROR((++*evaluated, first));
  return absl::UnknownError("went on");
}

// Two assignments in one function, and one to a variable that stands already.
absl::StatusOr<int> Eighth(int value) {
  AMPSTREAM_ASSIGN_OR_RETURN(const int half, Half(value));
  AMPSTREAM_ASSIGN_OR_RETURN(int rest, Half(half));
  AMPSTREAM_ASSIGN_OR_RETURN(rest, Half(rest));
  return rest;
}

TEST(StatusMacrosTest, ReturnsTheErrorAsItIs) {
  int evaluated = 0;
  EXPECT_EQ(Check(Failed(), &evaluated), Failed());
  EXPECT_EQ(evaluated, 1);
}

TEST(StatusMacrosTest, GoesOnAfterOk) {
  int evaluated = 0;
  EXPECT_EQ(Check(absl::OkStatus(), &evaluated), absl::UnknownError("went on"));
  EXPECT_EQ(evaluated, 1);
}

TEST(StatusMacrosTest, ReturnsAnErrorFromAFunctionOfStatusOr) {
  const auto call = []() -> absl::StatusOr<int> {
    AMPSTREAM_RETURN_IF_ERROR(Failed());
    return 1;
  };
  EXPECT_EQ(call().status(), Failed());
}

TEST(StatusMacrosTest, AssignsTheValue) {
  const absl::StatusOr<int> eighth = Eighth(24);
  ASSERT_TRUE(eighth.ok()) << eighth.status();
  EXPECT_EQ(*eighth, 3);
}

TEST(StatusMacrosTest, ReturnsTheErrorInPlaceOfAssigning) {
  EXPECT_EQ(Eighth(7).status(), absl::InvalidArgumentError("odd"));
  EXPECT_EQ(Eighth(6).status(), absl::InvalidArgumentError("odd"));
  EXPECT_EQ(Eighth(4).status(), absl::InvalidArgumentError("odd"));
}

TEST(StatusMacrosTest, MovesWhatCannotBeCopied) {
  const auto call = [](absl::StatusOr<std::unique_ptr<int>> made) -> absl::StatusOr<int> {
    AMPSTREAM_ASSIGN_OR_RETURN(const std::unique_ptr<int> value, std::move(made));
    return *value;
  };
  const absl::StatusOr<int> result = call(std::make_unique<int>(5));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(*result, 5);
}

}  // namespace
}  // namespace ampstream
