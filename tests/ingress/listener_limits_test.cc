#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/ingress/listener.h"
#include "tests/ingress/raw_client.h"
#include "tests/ingress/recording_handler.h"

namespace ampstream {
namespace {

using testing::HasSubstr;

class ListenerLimitsTest : public testing::Test {
 protected:
  ListenerLimitsTest() { Start({}); }

  void Start(ConnectionLimits limits) {
    Listener::Options options;
    options.address = "127.0.0.1:0";
    options.limits = limits;
    listener_.reset();
    absl::StatusOr<std::unique_ptr<Listener>> listener = Listener::Start(options, handler_);
    EXPECT_TRUE(listener.ok()) << listener.status();
    if (listener.ok()) listener_ = *std::move(listener);
  }

  std::unique_ptr<RawClient> Client() { return std::make_unique<RawClient>(listener_->address()); }

  // One that has been served, and is idle.
  std::unique_ptr<RawClient> Served() {
    std::unique_ptr<RawClient> client = Client();
    EXPECT_TRUE(client->Send(PostOf("/in", "x")));
    EXPECT_EQ(client->ReadAnswer().status, 200);
    return client;
  }

  void ExpectTurnedAway() {
    const std::unique_ptr<RawClient> client = Client();
    const RawClient::Answer answer = client->ReadAnswer();
    EXPECT_EQ(answer.status, 503);
    EXPECT_EQ(answer.Header("retry-after"), "1");
    EXPECT_THAT(answer.body, HasSubstr("too many connections"));
  }

  // Sends and reads until a request is answered so.
  void WaitUntilServed() {
    while (true) {
      const std::unique_ptr<RawClient> client = Client();
      if (client->Send(PostOf("/in", "x")) && client->ReadAnswer().status == 200) return;
    }
  }

  RecordingHandler handler_;
  std::unique_ptr<Listener> listener_;
};

TEST_F(ListenerLimitsTest, TurnsAwayOneConnectionTooMany) {
  ConnectionLimits limits;
  limits.max_connections = 2;
  Start(limits);
  const std::unique_ptr<RawClient> one = Served();
  std::unique_ptr<RawClient> two = Served();
  ExpectTurnedAway();
  EXPECT_TRUE(one->Send(PostOf("/in", "x")));
  EXPECT_EQ(one->ReadAnswer().status, 200);
  two.reset();
  WaitUntilServed();
}

TEST_F(ListenerLimitsTest, TurnsAwayOneConnectionOfAPeerTooMany) {
  ConnectionLimits limits;
  limits.max_connections_per_peer = 1;
  Start(limits);
  std::unique_ptr<RawClient> one = Served();
  ExpectTurnedAway();
  one.reset();
  WaitUntilServed();
}

TEST_F(ListenerLimitsTest, TakesOtherLimitsWhileItServes) {
  const std::unique_ptr<RawClient> client = Served();
  ConnectionLimits limits;
  limits.max_body_bytes = 3;
  limits.head.max_lines = 3;
  limits.max_connections = 1;
  listener_->SetLimits(limits);
  while (true) {
    const std::unique_ptr<RawClient> other = Client();
    other->Send(PostOf("/in", "x"));
    if (other->ReadAnswer().status == 503) break;  // It has them.
  }
  EXPECT_TRUE(client->Send(PostOf("/in", "123")));
  EXPECT_EQ(client->ReadAnswer().status, 200);
  EXPECT_TRUE(client->Send(PostOf("/in", "1234")));
  EXPECT_EQ(client->ReadAnswer().status, 413);
}

TEST_F(ListenerLimitsTest, AnAnswerLargerThanASocketHoldsGoesToASlowReaderAndHoldsUpNobody) {
  const std::string body(4 << 20, 'b');
  const std::unique_ptr<RawClient> slow = Client();
  ASSERT_TRUE(slow->Send(PostOf("/in", body)));
  ASSERT_TRUE(handler_.WaitForBodies(1));
  for (int i = 0; i < 100; ++i) Served();
  EXPECT_EQ(slow->ReadAnswer().body, body);
  ASSERT_TRUE(slow->Send(PostOf("/in", "next")));
  EXPECT_EQ(slow->ReadAnswer().body, "next");
}

TEST_F(ListenerLimitsTest, AnswersLateWithARefusalAndDropsTheAnswerThatComesAfterIt) {
  ConnectionLimits limits;
  limits.answer_timeout = absl::Milliseconds(50);
  Start(limits);
  handler_.Hold();
  const std::unique_ptr<RawClient> client = Client();
  ASSERT_TRUE(client->Send(PostOf("/in", "late")));
  const RawClient::Answer answer = client->ReadAnswer();
  EXPECT_EQ(answer.status, 503);
  EXPECT_THAT(answer.body, HasSubstr("not answered in time"));
  client->EndSending();
  EXPECT_TRUE(client->AtEnd());
  // It has the descriptor of the one that was given up.
  const std::unique_ptr<RawClient> next = Client();
  ASSERT_TRUE(next->Send("POST /in HTTP/1.1\r\n"));
  handler_.Release();
  ASSERT_TRUE(next->Send("Content-Length: 4\r\n\r\nnext"));
  EXPECT_EQ(next->ReadAnswer().body, "next");
}

TEST_F(ListenerLimitsTest, APeerThatGoesWhileItIsServedCostsNothing) {
  ConnectionLimits limits;
  limits.max_bytes_in_flight = 5000;
  Start(limits);
  for (int turn = 0; turn < 50; ++turn) {
    handler_.Hold();
    std::unique_ptr<RawClient> client = Client();
    ASSERT_TRUE(client->Send(PostOf("/in", std::string(450, 'b'))));
    ASSERT_TRUE(handler_.WaitForBodies(static_cast<size_t>(turn) + 1));
    client.reset();
    handler_.Release();
  }
  WaitUntilServed();
  const std::unique_ptr<RawClient> last = Client();
  ASSERT_TRUE(last->Send(PostOf("/in", std::string(4500, 'b'))));
  EXPECT_EQ(last->ReadAnswer().status, 200);
}

TEST_F(ListenerLimitsTest, AHalfClosedSenderIsAnsweredWhole) {
  const std::unique_ptr<RawClient> client = Client();
  ASSERT_TRUE(client->Send(absl::StrCat(PostOf("/in", "one"), PostOf("/in", "two"))));
  client->EndSending();
  EXPECT_EQ(client->ReadAnswer().body, "one");
  EXPECT_EQ(client->ReadAnswer().body, "two");
  EXPECT_TRUE(client->AtEnd());
}

TEST_F(ListenerLimitsTest, PipelinedRequestsAreAnsweredUpToTheFirstThatIsNone) {
  const std::unique_ptr<RawClient> client = Client();
  ASSERT_TRUE(
      client->Send(absl::StrCat(PostOf("/in", "one"), PostOf("/in", "two"), "garbage\r\n\r\n", PostOf("/in", "no"))));
  EXPECT_EQ(client->ReadAnswer().body, "one");
  EXPECT_EQ(client->ReadAnswer().body, "two");
  EXPECT_EQ(client->ReadAnswer().status, 400);
  EXPECT_TRUE(client->AtEnd());
  EXPECT_EQ(handler_.bodies().size(), 2u);
}

TEST_F(ListenerLimitsTest, APipelinedRequestIsServedAfterAnAnswerOfAnotherThread) {
  const absl::Time start = absl::Now();
  for (int turn = 0; turn < 300; ++turn) {
    handler_.Hold();
    const std::unique_ptr<RawClient> client = Client();
    ASSERT_TRUE(client->Send(absl::StrCat(PostOf("/in", "one"), PostOf("/in", "two"))));
    ASSERT_TRUE(handler_.WaitForBodies(2 * static_cast<size_t>(turn) + 1));
    handler_.Release();
    EXPECT_EQ(client->ReadAnswer().body, "one");
    ASSERT_EQ(client->ReadAnswer().body, "two");
  }
  EXPECT_LT(absl::Now() - start, absl::Seconds(9));  // Else a deadline woke the loop, and not what it had to do.
}

TEST_F(ListenerLimitsTest, ABodyThatIsThereIsNotAskedFor) {
  const std::unique_ptr<RawClient> client = Client();
  ASSERT_TRUE(client->Send(PostOf("/in", "body", "Expect: 100-continue\r\n")));
  EXPECT_EQ(client->ReadAnswer().status, 200);
}

TEST_F(ListenerLimitsTest, KeepsAConnectionOfHttp10IfAsked) {
  const std::unique_ptr<RawClient> client = Client();
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(client->Send("POST /in HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\nx"));
    const RawClient::Answer answer = client->ReadAnswer();
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.Header("connection"), "keep-alive");
  }
}

}  // namespace
}  // namespace ampstream
