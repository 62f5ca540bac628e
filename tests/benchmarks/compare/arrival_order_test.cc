#include "tests/benchmarks/compare/arrival_order.h"

#include <initializer_list>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/benchmarks/compare/load.h"

namespace ampstream {
namespace {

using ::testing::HasSubstr;

// Two senders with two events a request: 0 1 4 5 come from one, 2 3 6 7 from the other.
class ArrivalOrderTest : public testing::Test {
 protected:
  ArrivalOrderTest() { order_.Expect(8); }

  void Receive(int subscriber, std::initializer_list<size_t> numbers) {
    for (const size_t number : numbers) order_.OnEvent(subscriber, absl::UnixEpoch(), events_[number]);
  }

  const std::vector<std::string> events_ = Encoded({0, 12});
  ArrivalOrder order_{2, Senders{2, 2}};
};

TEST_F(ArrivalOrderTest, TakesTheSendersInAnyOrderOfTheirOwn) {
  Receive(0, {0, 1, 2, 3, 4, 5, 6, 7});
  Receive(1, {2, 3, 0});
  EXPECT_FALSE(order_.AwaitAll(absl::ZeroDuration()));
  Receive(1, {6, 7, 1, 4, 5});
  EXPECT_EQ(order_.Check(), absl::OkStatus());
}

TEST_F(ArrivalOrderTest, WaitsForWhatIsExpectedNext) {
  Receive(0, {0, 1, 2, 3, 4, 5, 6, 7});
  Receive(1, {0, 1, 2, 3, 4, 5, 6, 7});
  EXPECT_TRUE(order_.AwaitAll(absl::Seconds(10)));
  order_.Expect(10);
  Receive(0, {8, 9});
  EXPECT_FALSE(order_.AwaitAll(absl::ZeroDuration()));
}

TEST_F(ArrivalOrderTest, NoticesALostEvent) {
  Receive(0, {0, 1, 2, 3, 4, 5, 6, 7});
  Receive(1, {0, 1, 2, 3, 4, 5, 7});
  EXPECT_THAT(order_.Check().ToString(), HasSubstr("subscriber 1 had 7 events of 8"));
}

TEST_F(ArrivalOrderTest, NoticesALostEventWhereAnotherIsRepeated) {
  Receive(0, {0, 1, 2, 3, 4, 5, 6, 7});
  Receive(1, {0, 1, 1, 3, 4, 5, 6, 7});
  EXPECT_THAT(order_.Check().ToString(), HasSubstr("subscriber 1 had 2 events that were lost, repeated"));
}

TEST_F(ArrivalOrderTest, NoticesAnotherOrder) {
  Receive(0, {0, 1, 2, 3, 5, 4, 6, 7});
  EXPECT_THAT(order_.Check().ToString(), HasSubstr("subscriber 0 had 2 events that were lost, repeated or out of"));
}

TEST_F(ArrivalOrderTest, NoticesWhatIsNoEvent) {
  ArrivalOrder order(1, Senders());
  order.Expect(1);
  order.OnEvent(0, absl::UnixEpoch(), "e-0");
  EXPECT_THAT(order.Check().ToString(), HasSubstr("no event"));
}

}  // namespace
}  // namespace ampstream
