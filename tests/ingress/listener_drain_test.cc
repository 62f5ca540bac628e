// The end of a listener beside each kind of sender that has something under way.

#include <chrono>
#include <filesystem>
#include <future>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
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

constexpr size_t kLarge = 24 << 20;  // More than the sockets of both ends hold.

class ListenerDrainTest : public testing::Test {
 protected:
  ListenerDrainTest() {
    Listener::Options options;
    options.address = "127.0.0.1:0";
    options.limits.max_body_bytes = kLarge;
    options.limits.max_bytes_in_flight = 10 * kLarge;
    absl::StatusOr<std::unique_ptr<Listener>> listener = Listener::Start(options, handler_);
    EXPECT_TRUE(listener.ok()) << listener.status();
    if (listener.ok()) listener_ = *std::move(listener);
    idle_ = std::make_unique<RawClient>(listener_->address());
    EXPECT_TRUE(idle_->Send(PostOf("/in", "first")));
    EXPECT_EQ(idle_->ReadAnswer().status, 200);
  }

  // Returns when the stop has begun. It would cut off what is under way at the deadline, long after ExpectStops gives
  // up.
  void BeginToStop(absl::Duration time = absl::Seconds(40)) {
    stopped_ = std::async(std::launch::async, [this, time] { listener_->Stop(absl::Now() + time); });
    EXPECT_TRUE(idle_->AtEnd());
  }

  void ExpectStops() { EXPECT_EQ(stopped_.wait_for(std::chrono::seconds(20)), std::future_status::ready); }

  // A client whose request is with the handler, which holds it.
  std::unique_ptr<RawClient> HeldClient(absl::string_view body) {
    handler_.Hold();
    auto client = std::make_unique<RawClient>(listener_->address());
    const size_t before = handler_.bodies().size();
    EXPECT_TRUE(client->Send(PostOf("/in", body)));
    EXPECT_TRUE(handler_.WaitForBodies(before + 1));
    return client;
  }

  // A client to which a large answer is being sent, and the first bytes of that.
  std::unique_ptr<RawClient> ClientBeingAnswered(std::string* received) {
    auto client = std::make_unique<RawClient>(listener_->address());
    EXPECT_TRUE(client->Send(PostOf("/in", std::string(kLarge, 'b'))));
    *received = client->ReceiveOnce();
    EXPECT_TRUE(absl::StartsWith(*received, "HTTP/1.1 200 ")) << received->substr(0, 100);
    return client;
  }

  RecordingHandler handler_;
  std::unique_ptr<Listener> listener_;
  std::unique_ptr<RawClient> idle_;
  std::future<void> stopped_;
};

TEST_F(ListenerDrainTest, ClosesAfterAnAnswerThatWasBeingSentToASlowReader) {
  std::string received;
  const std::unique_ptr<RawClient> slow = ClientBeingAnswered(&received);
  BeginToStop();
  const size_t head = received.find("\r\n\r\n") + 4;
  while (received.size() < head + kLarge) {
    const std::string more = slow->ReceiveOnce();
    ASSERT_FALSE(more.empty());
    received += more;
  }
  EXPECT_EQ(received.substr(head), std::string(kLarge, 'b'));
  EXPECT_TRUE(slow->AtEnd());
  ExpectStops();
}

TEST_F(ListenerDrainTest, TakesNoFurtherRequestAfterAnAnswerThatWasBeingSent) {
  std::string received;
  const std::unique_ptr<RawClient> slow = ClientBeingAnswered(&received);
  ASSERT_TRUE(slow->Send(PostOf("/in", "further")));
  BeginToStop();
  const size_t size = received.find("\r\n\r\n") + 4 + kLarge;
  while (received.size() < size) {
    const std::string more = slow->ReceiveOnce();
    ASSERT_FALSE(more.empty());
    received += more;
  }
  EXPECT_EQ(received.size(), size);  // Nothing follows it.
  EXPECT_EQ(slow->ReadAnswer().status, 0);
  ExpectStops();
  EXPECT_EQ(handler_.bodies().size(), 2u);
}

TEST_F(ListenerDrainTest, DoesNotWaitForAPeerThatNeverReadsItsAnswer) {
  std::string received;
  const std::unique_ptr<RawClient> never_reads = ClientBeingAnswered(&received);
  BeginToStop();
  ExpectStops();
}

TEST_F(ListenerDrainTest, AnswersAHalfClosedSender) {
  const std::unique_ptr<RawClient> client = HeldClient("whole");
  client->EndSending();
  BeginToStop();
  handler_.Release();
  const RawClient::Answer answer = client->ReadAnswer();
  EXPECT_EQ(answer.body, "whole");
  EXPECT_EQ(answer.Header("connection"), "close");
  EXPECT_TRUE(client->AtEnd());
  ExpectStops();
}

TEST_F(ListenerDrainTest, DoesNotWaitForAPeerThatHasGone) {
  std::unique_ptr<RawClient> client = HeldClient("nobody reads the answer");
  client.reset();
  BeginToStop();
  handler_.Release();
  ExpectStops();
}

TEST_F(ListenerDrainTest, AnswersOneThatWasToldToSendItsBody) {
  RawClient client(listener_->address());
  ASSERT_TRUE(client.Send("POST /in HTTP/1.1\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n"));
  ASSERT_EQ(client.ReadAnswer().status, 100);
  BeginToStop();
  ASSERT_TRUE(client.Send("body"));
  EXPECT_EQ(client.ReadAnswer().body, "body");
  EXPECT_TRUE(client.AtEnd());
  ExpectStops();
}

TEST_F(ListenerDrainTest, DoesNotWaitForARefusedSenderThatStaysOpen) {
  RawClient client(listener_->address());
  ASSERT_TRUE(client.Send("POST /refused HTTP/1.1\r\nContent-Length: 1000\r\n\r\nsome of it"));
  ASSERT_EQ(client.ReadAnswer().status, 404);
  BeginToStop();
  ExpectStops();
  EXPECT_TRUE(client.AtEnd());
}

TEST_F(ListenerDrainTest, RefusesAllThatDripAtTheDeadline) {
  std::vector<std::unique_ptr<RawClient>> drips;
  for (int i = 0; i < 64; ++i) {
    drips.push_back(std::make_unique<RawClient>(listener_->address()));
    ASSERT_TRUE(drips.back()->Send(i % 2 == 0 ? "POST /in HT" : "POST /in HTTP/1.1\r\nContent-Length: 1000\r\n\r\na"));
  }
  ASSERT_TRUE(handler_.WaitForHeads(1 + 32));
  BeginToStop(absl::Milliseconds(100));
  ExpectStops();
  for (size_t i = 1; i < drips.size(); i += 2) EXPECT_EQ(drips[i]->ReadAnswer().status, 408) << i;
  EXPECT_EQ(handler_.bodies().size(), 1u);
}

size_t OpenFiles() {
  return static_cast<size_t>(std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {}));
}

TEST_F(ListenerDrainTest, AnAnswerThatComesAfterTheEndLeavesNothingBehind) {
  const size_t before = OpenFiles();
  for (int i = 0; i < 3; ++i) {
    Listener::Options options;
    options.address = "127.0.0.1:0";
    absl::StatusOr<std::unique_ptr<Listener>> other = Listener::Start(options, handler_);
    ASSERT_TRUE(other.ok()) << other.status();
    handler_.Hold();
    const size_t bodies = handler_.bodies().size();
    RawClient client((*other)->address());
    ASSERT_TRUE(client.Send(PostOf("/in", "late")));
    ASSERT_TRUE(handler_.WaitForBodies(bodies + 1));
    other->reset();
    EXPECT_EQ(client.ReadAnswer().status, 503);
    handler_.Release();
  }
  EXPECT_EQ(OpenFiles(), before);
}

}  // namespace
}  // namespace ampstream
