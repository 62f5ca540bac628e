#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/ingress/listener.h"
#include "tests/ingress/raw_client.h"
#include "tests/ingress/recording_handler.h"

namespace ampstream {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr absl::Duration kShort = absl::Milliseconds(100);
// What no test may take that is meant to end early.
constexpr absl::Duration kLong = absl::Seconds(15);

// What ends by time, and the end itself.
class ListenerTimeTest : public testing::Test {
 protected:
  void Start(Listener::Options options) {
    options.address = "127.0.0.1:0";
    absl::StatusOr<std::unique_ptr<Listener>> listener = Listener::Start(options, handler_);
    ASSERT_TRUE(listener.ok()) << listener.status();
    listener_ = *std::move(listener);
  }

  // A client whose one request was answered: its connection is idle.
  std::unique_ptr<RawClient> IdleClient() {
    auto client = std::make_unique<RawClient>(listener_->address());
    EXPECT_TRUE(client->Send(PostOf("/in", "first")));
    EXPECT_EQ(client->ReadAnswer().status, 200);
    return client;
  }

  // A client of whose request `part` was sent, and taken up by a worker.
  std::unique_ptr<RawClient> HalfSentClient(absl::string_view part) {
    auto client = std::make_unique<RawClient>(listener_->address());
    const size_t heads = handler_.heads().size();
    EXPECT_TRUE(client->Send(part));
    EXPECT_TRUE(handler_.WaitForHeads(heads + 1));
    return client;
  }

  RecordingHandler handler_;
  std::unique_ptr<Listener> listener_;
};

constexpr absl::string_view kHalf = "POST /in HTTP/1.1\r\nContent-Length: 10\r\n\r\nhalf ";

TEST_F(ListenerTimeTest, CutsOffASlowBody) {
  Listener::Options options;
  options.limits.request_timeout = kShort;
  Start(options);
  RawClient client(listener_->address());
  ASSERT_TRUE(client.Send(kHalf));
  const RawClient::Answer answer = client.ReadAnswer();
  EXPECT_EQ(answer.status, 408);
  EXPECT_THAT(answer.body, HasSubstr("REQUEST_TIMEOUT"));
  client.EndSending();
  EXPECT_TRUE(client.AtEnd());
  EXPECT_THAT(handler_.bodies(), IsEmpty());
}

TEST_F(ListenerTimeTest, CutsOffABodyThatDripsForever) {
  Listener::Options options;
  options.limits.request_timeout = kShort;
  Start(options);
  RawClient client(listener_->address());
  ASSERT_TRUE(client.Send("POST /in HTTP/1.1\r\nContent-Length: 1000000\r\n\r\n"));
  std::thread dripping([&] {
    while (client.Send("x")) std::this_thread::yield();
  });
  EXPECT_EQ(client.ReadAnswer().status, 408);
  dripping.join();
}

TEST_F(ListenerTimeTest, CutsOffASlowHead) {
  Listener::Options options;
  options.limits.request_timeout = kShort;
  Start(options);
  for (const absl::string_view part : {"P", "POST /in HTTP/1.1\r\n", "POST /in HTTP/1.1\r\nContent-Length: 4\r\n"}) {
    RawClient client(listener_->address());
    ASSERT_TRUE(client.Send(part));
    const int status = client.ReadAnswer().status;  // Or closed without one.
    EXPECT_TRUE(status == 0 || status == 400 || status == 408) << status;
    client.EndSending();
    EXPECT_TRUE(client.AtEnd()) << part;
  }
  EXPECT_THAT(handler_.heads(), IsEmpty());
}

TEST_F(ListenerTimeTest, HandsOnNoBodyThatEndsEarly) {
  Start({});
  RawClient client(listener_->address());
  ASSERT_TRUE(client.Send(kHalf));
  client.EndSending();
  EXPECT_EQ(client.ReadAnswer().status, 408);
  EXPECT_TRUE(client.AtEnd());
  EXPECT_THAT(handler_.bodies(), IsEmpty());
}

TEST_F(ListenerTimeTest, EachRequestOfAConnectionHasItsOwnTime) {
  Listener::Options options;
  options.limits.request_timeout = absl::Milliseconds(500);
  Start(options);
  const absl::Time start = absl::Now();
  RawClient client(listener_->address());
  while (absl::Now() < start + absl::Milliseconds(700)) {
    ASSERT_TRUE(client.Send(PostOf("/in", "again")));
    ASSERT_EQ(client.ReadAnswer().status, 200);
  }
}

TEST_F(ListenerTimeTest, ClosesAnIdleConnection) {
  Listener::Options options;
  options.limits.idle_timeout = kShort;
  Start(options);
  RawClient silent(listener_->address());
  const std::unique_ptr<RawClient> idle = IdleClient();
  const absl::Time start = absl::Now();
  EXPECT_TRUE(idle->AtEnd());
  EXPECT_TRUE(silent.AtEnd());
  EXPECT_LT(absl::Now() - start, kLong);
}

TEST_F(ListenerTimeTest, StopsAtOnceOverIdleConnections) {
  Start({});
  const std::unique_ptr<RawClient> one = IdleClient();
  const std::unique_ptr<RawClient> two = IdleClient();
  const absl::Time start = absl::Now();
  listener_->Stop(start + absl::Seconds(60));
  EXPECT_LT(absl::Now() - start, kLong);
  EXPECT_TRUE(one->AtEnd());
  EXPECT_TRUE(two->AtEnd());
  EXPECT_FALSE(RawClient(listener_->address()).connected());
}

TEST_F(ListenerTimeTest, StopsBeforeAnybodyConnected) {
  Start({});
  const absl::Time start = absl::Now();
  listener_->Stop(start + absl::Seconds(60));
  listener_->Stop(start + absl::Seconds(60));
  EXPECT_LT(absl::Now() - start, kLong);
}

TEST_F(ListenerTimeTest, AnswersWhatIsUnderWayWhenItStops) {
  Start({});
  const std::unique_ptr<RawClient> idle = IdleClient();
  handler_.Hold();
  RawClient under_way(listener_->address());
  ASSERT_TRUE(under_way.Send(PostOf("/in", "whole")));
  ASSERT_TRUE(handler_.WaitForBodies(2));
  const std::unique_ptr<RawClient> half_sent = HalfSentClient(kHalf);
  std::thread stopping([&] { listener_->Stop(absl::Now() + absl::Seconds(60)); });
  EXPECT_TRUE(idle->AtEnd());  // The stop has begun.
  ASSERT_TRUE(half_sent->Send("whole"));
  handler_.Release();
  EXPECT_EQ(under_way.ReadAnswer().body, "whole");
  EXPECT_TRUE(under_way.AtEnd());
  EXPECT_EQ(half_sent->ReadAnswer().body, "half whole");
  EXPECT_TRUE(half_sent->AtEnd());
  stopping.join();
}

TEST_F(ListenerTimeTest, CutsOffAHalfSentRequestAtTheDeadlineOfTheStop) {
  Start({});
  const std::unique_ptr<RawClient> client = HalfSentClient(kHalf);
  const absl::Time start = absl::Now();
  const absl::Time deadline = start + kShort;
  std::thread reading([&] {
    const int status = client->ReadAnswer().status;
    EXPECT_TRUE(status == 0 || status == 408) << status;
  });
  listener_->Stop(deadline);
  EXPECT_GE(absl::Now(), deadline);
  EXPECT_LT(absl::Now() - start, absl::Seconds(10));
  reading.join();
  EXPECT_THAT(handler_.bodies(), IsEmpty());
}

TEST_F(ListenerTimeTest, TakesNoFurtherRequestOfAPipelineOnceItStops) {
  Start({});
  const std::unique_ptr<RawClient> idle = IdleClient();
  handler_.Hold();
  RawClient client(listener_->address());
  ASSERT_TRUE(client.Send(PostOf("/in", "second") + PostOf("/in", "third")));
  ASSERT_TRUE(handler_.WaitForBodies(2));
  std::thread stopping([&] { listener_->Stop(absl::Now() + absl::Seconds(60)); });
  EXPECT_TRUE(idle->AtEnd());
  handler_.Release();
  EXPECT_EQ(client.ReadAnswer().body, "second");
  EXPECT_EQ(client.ReadAnswer().status, 0);
  stopping.join();
  EXPECT_THAT(handler_.bodies(), ElementsAre("first", "second"));
}

TEST_F(ListenerTimeTest, EndsWithWhatIsHalfSentWhenItIsDestroyed) {
  Start({});
  const std::unique_ptr<RawClient> client = HalfSentClient(kHalf);
  const absl::Time start = absl::Now();
  listener_.reset();
  EXPECT_LT(absl::Now() - start, absl::Seconds(10));
  EXPECT_THAT(handler_.bodies(), IsEmpty());
}

}  // namespace
}  // namespace ampstream
