#include "tests/benchmarks/arrival_order.h"

#include <initializer_list>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "ampstream/v1/event.pb.h"
#include "ampstream/v1/event_service.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ampstream {
namespace {

using ::testing::HasSubstr;

// A response with the event of this number.
std::string Response(int number) {
  v1::SubscribeResponse response;
  auto& fields = *response.add_events()->mutable_events_track()->mutable_event_properties()->mutable_fields();
  fields["number"].set_number_value(number);
  fields["scheduled_us"].set_number_value(0);
  return response.SerializeAsString();
}

class ArrivalOrderTest : public testing::Test {
 protected:
  ArrivalOrderTest() { order_.Expect(3); }

  void Receive(int stream, std::initializer_list<size_t> numbers) {
    std::string response;  // The concatenation of encodings is the encoding of all that they hold.
    for (size_t number : numbers) response += responses_[number];
    EXPECT_TRUE(order_.OnResponse(stream, absl::UnixEpoch(), response));
  }

  // Encoded once, as by the server: the order of a map's entries differs from one encoding to the next.
  const std::vector<std::string> responses_ = {Response(0), Response(1), Response(2), Response(3)};
  ArrivalOrder order_{2};
};

TEST_F(ArrivalOrderTest, TakesTheSameEventsInBatchesOfAnySize) {
  Receive(0, {0, 1, 2});
  Receive(1, {0});
  EXPECT_FALSE(order_.AwaitAll(absl::ZeroDuration()));
  Receive(1, {1, 2});
  EXPECT_EQ(order_.Check(), absl::OkStatus());
}

TEST_F(ArrivalOrderTest, WaitsForWhatIsExpectedNext) {
  Receive(0, {0, 1, 2});
  Receive(1, {0, 1, 2});
  EXPECT_TRUE(order_.AwaitAll(absl::Seconds(10)));
  order_.Expect(4);
  Receive(0, {3});
  EXPECT_FALSE(order_.AwaitAll(absl::ZeroDuration()));
}

TEST_F(ArrivalOrderTest, NoticesALostEvent) {
  Receive(0, {0, 1, 2});
  Receive(1, {0, 2});
  EXPECT_THAT(order_.Check().ToString(), HasSubstr("stream 1 had 2 events of 3"));
}

TEST_F(ArrivalOrderTest, NoticesARepeatedEvent) {
  Receive(0, {0, 1, 2});
  Receive(1, {0, 1, 2, 2});
  EXPECT_THAT(order_.Check().ToString(), HasSubstr("stream 1 had 4 events of 3"));
}

TEST_F(ArrivalOrderTest, NoticesAnotherOrder) {
  Receive(0, {0, 1, 2});
  Receive(1, {0, 2, 1});
  EXPECT_THAT(order_.Check().ToString(), HasSubstr("stream 1 had other events"));
}

TEST_F(ArrivalOrderTest, NoticesWhatIsWrongOnEveryStreamAlike) {
  Receive(0, {0, 2, 1});
  Receive(1, {0, 2, 1});
  EXPECT_THAT(order_.Check().ToString(), HasSubstr("at place 1"));
}

}  // namespace
}  // namespace ampstream
