#include "client/cli/signal_text.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ampstream {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(SignalTextTest, TellsWhereTheSubscriptionBegins) {
  v1::SubscribeResponse response;
  response.mutable_subscribed()->set_cursor("aHere");
  response.mutable_subscribed()->set_epoch("ep");
  const SignalText signal = TextOfSignal(response);
  EXPECT_EQ(signal.level, LogLevel::kInfo);
  EXPECT_THAT(signal.text, StartsWith("subscribed after aHere of epoch ep"));
}

TEST(SignalTextTest, HeartbeatsAreForDebugging) {
  v1::SubscribeResponse response;
  response.set_cursor("aHere");
  response.mutable_heartbeat();
  EXPECT_EQ(TextOfSignal(response).level, LogLevel::kDebug);
  EXPECT_THAT(TextOfSignal(response).text, HasSubstr("aHere"));
}

TEST(SignalTextTest, TellsCatchingUpAndFallingBehind) {
  v1::SubscribeResponse response;
  response.mutable_caught_up();
  EXPECT_THAT(TextOfSignal(response).text, StartsWith("caught up"));
  response.mutable_fell_behind();
  EXPECT_THAT(TextOfSignal(response).text, StartsWith("fell behind"));
}

TEST(SignalTextTest, GoodbyeSaysWhyAndWhenToComeBack) {
  v1::SubscribeResponse response;
  v1::Goodbye& goodbye = *response.mutable_goodbye();
  EXPECT_EQ(TextOfSignal(response).text, "goodbye: done");
  goodbye.set_code(14);
  goodbye.set_reason(v1::ERROR_REASON_DRAINING);
  goodbye.set_message("the server\ndrains");
  goodbye.mutable_retry_delay()->set_seconds(5);
  EXPECT_EQ(TextOfSignal(response).text, "goodbye: UNAVAILABLE DRAINING: the server\\ndrains; try again in 5 s");
}

TEST(SignalTextTest, ThereIsNothingToTellOfNoSignal) { EXPECT_EQ(TextOfSignal({}).text, ""); }

}  // namespace
}  // namespace ampstream
