#include "tests/benchmarks/compare/filtered_arrivals.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/benchmarks/compare/load.h"

namespace ampstream {
namespace {

using ::testing::HasSubstr;

// Two senders, with a hundred events a request.
class FilteredArrivalsTest : public testing::Test {
 protected:
  FilteredArrivalsTest() { arrivals_.Expect(400); }

  void Receive(int subscriber, size_t number) { arrivals_.OnEvent(subscriber, absl::UnixEpoch(), events_[number]); }

  // All that is sent but for the subscriber 7.
  void ReceiveOthers() {
    for (size_t number = 0; number < events_.size(); ++number)
      if (number % 100 != 7) Receive(static_cast<int>(number % 100), number);
  }

  const std::vector<std::string> events_ = Encoded({0, 400});
  FilteredArrivals arrivals_{Senders{2, 100}};
};

TEST_F(FilteredArrivalsTest, TakesTheSendersInAnyOrderOfTheirOwn) {
  ReceiveOthers();
  EXPECT_FALSE(arrivals_.AwaitAll(absl::ZeroDuration()));
  for (const size_t number : {107, 307, 7, 207}) Receive(7, number);
  EXPECT_TRUE(arrivals_.AwaitAll(absl::ZeroDuration()));
  EXPECT_EQ(arrivals_.Check(), absl::OkStatus());
}

TEST_F(FilteredArrivalsTest, NoticesALostEvent) {
  ReceiveOthers();
  for (const size_t number : {7, 107, 307}) Receive(7, number);
  EXPECT_THAT(arrivals_.Check().ToString(), HasSubstr("not every event has come"));
}

TEST_F(FilteredArrivalsTest, NoticesARepeatedEvent) {
  ReceiveOthers();
  for (const size_t number : {7, 107, 207, 307, 307}) Receive(7, number);
  EXPECT_THAT(arrivals_.Check().ToString(), HasSubstr("more events have come"));
}

TEST_F(FilteredArrivalsTest, NoticesAnotherOrderOfASender) {
  ReceiveOthers();
  for (const size_t number : {207, 7, 107, 307}) Receive(7, number);
  EXPECT_THAT(arrivals_.Check().ToString(), HasSubstr("2 events were lost, repeated, out of order"));
}

TEST_F(FilteredArrivalsTest, NoticesWhatWasNotAskedFor) {
  ReceiveOthers();
  for (const size_t number : {7, 107, 207, 308}) Receive(7, number);
  EXPECT_THAT(arrivals_.Check().ToString(), HasSubstr("1 events were lost, repeated, out of order or not asked for"));
}

}  // namespace
}  // namespace ampstream
