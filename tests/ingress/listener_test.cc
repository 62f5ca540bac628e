#include "server/ingress/listener.h"

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/ingress/raw_client.h"
#include "tests/ingress/recording_handler.h"

namespace ampstream {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class ListenerTest : public testing::Test {
 protected:
  ListenerTest() { Start({}); }

  void Start(Listener::Options options) {
    listener_.reset();
    options.address = "127.0.0.1:0";
    absl::StatusOr<std::unique_ptr<Listener>> listener = Listener::Start(options, handler_);
    EXPECT_TRUE(listener.ok()) << listener.status();
    if (listener.ok()) listener_ = *std::move(listener);
  }

  RecordingHandler handler_;
  std::unique_ptr<Listener> listener_;
};

TEST_F(ListenerTest, NamesThePortThatItTook) {
  EXPECT_TRUE(absl::StartsWith(listener_->address(), "127.0.0.1:"));
  EXPECT_FALSE(absl::EndsWith(listener_->address(), ":0"));
  EXPECT_TRUE(RawClient(listener_->address()).connected());
}

TEST_F(ListenerTest, HandsOnTheBodyByteForByte) {
  RawClient client(listener_->address());
  std::string body;
  for (int i = 0; i < 100000; ++i) body += static_cast<char>(i * 7);
  ASSERT_TRUE(client.Send(PostOf("/in", body)));
  const RawClient::Answer answer = client.ReadAnswer();
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, body);
  EXPECT_EQ(answer.Header("content-type"), "application/json");
  EXPECT_EQ(handler_.bodies(), std::vector<std::string>{body});
}

TEST_F(ListenerTest, TakesABodyOfNoBytes) {
  RawClient client(listener_->address());
  ASSERT_TRUE(client.Send(PostOf("/in", "")));
  EXPECT_EQ(client.ReadAnswer().status, 200);
  EXPECT_THAT(handler_.bodies(), ElementsAre(""));
}

TEST_F(ListenerTest, HandsOnMethodPathAndHeaders) {
  RawClient client(listener_->address());
  ASSERT_TRUE(client.Send(PostOf("/a%20b/c?query=1", "x", "X-One: first\r\nx-one:second\r\nX-Two:  spaced \r\n")));
  EXPECT_EQ(client.ReadAnswer().status, 200);
  const HttpHead head = handler_.heads().at(0);
  EXPECT_EQ(head.method, "POST");
  EXPECT_EQ(head.path, "/a b/c");
  EXPECT_THAT(head.Values("X-ONE"), ElementsAre("first", "second"));
  EXPECT_EQ(head.Value("x-one"), "first");
  EXPECT_EQ(head.Value("x-two"), "spaced");
  EXPECT_EQ(head.Value("absent"), "");
  EXPECT_THAT(head.Values("absent"), IsEmpty());
}

TEST_F(ListenerTest, KeepsAConnectionForTheNextRequest) {
  RawClient client(listener_->address());
  for (int i = 0; i < 200; ++i) {
    ASSERT_TRUE(client.Send(PostOf("/in", absl::StrCat("body ", i))));
    const RawClient::Answer answer = client.ReadAnswer();
    ASSERT_EQ(answer.status, 200) << i;
    ASSERT_EQ(answer.body, absl::StrCat("body ", i));
    ASSERT_THAT(answer.Header("connection"), Not(HasSubstr("close"))) << i;
  }
}

TEST_F(ListenerTest, AnswersPipelinedRequestsInTheirOrder) {
  RawClient client(listener_->address());
  std::string requests;
  for (int i = 0; i < 50; ++i) absl::StrAppend(&requests, PostOf("/in", absl::StrCat("body ", i)));
  ASSERT_TRUE(client.Send(requests));
  for (int i = 0; i < 50; ++i) ASSERT_EQ(client.ReadAnswer().body, absl::StrCat("body ", i));
}

TEST_F(ListenerTest, TakesARequestThatComesByteByByte) {
  RawClient client(listener_->address());
  for (const char byte : PostOf("/in", "slow", "X-Header: value\r\n")) {
    ASSERT_TRUE(client.Send(absl::string_view(&byte, 1)));
  }
  EXPECT_EQ(client.ReadAnswer().body, "slow");
}

TEST_F(ListenerTest, SendsAnAnswerAtOnce) {
  RawClient client(listener_->address());
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(client.Send(PostOf("/in", "whole")));
    const std::string received = client.ReceiveOnce();
    ASSERT_TRUE(absl::StartsWith(received, "HTTP/1.1 200 ")) << received;
    ASSERT_TRUE(absl::EndsWith(received, "\r\n\r\nwhole")) << received;
  }
}

TEST_F(ListenerTest, ClosesWhereTheClientAsksForIt) {
  RawClient client(listener_->address());
  ASSERT_TRUE(client.Send(PostOf("/in", "last", "Connection: close\r\n")));
  const RawClient::Answer answer = client.ReadAnswer();
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.Header("connection"), "close");
  EXPECT_TRUE(client.AtEnd());
}

TEST_F(ListenerTest, ClosesAfterARequestOfHttp10) {
  RawClient client(listener_->address());
  ASSERT_TRUE(client.Send("POST /in HTTP/1.0\r\nContent-Length: 3\r\n\r\nold"));
  EXPECT_EQ(client.ReadAnswer().body, "old");
  EXPECT_TRUE(client.AtEnd());
}

TEST_F(ListenerTest, SaysContinueToAClientThatWaitsForIt) {
  RawClient client(listener_->address());
  ASSERT_TRUE(client.Send("POST /in HTTP/1.1\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n"));
  EXPECT_EQ(client.ReadAnswer().status, 100);
  ASSERT_TRUE(client.Send("body"));
  const RawClient::Answer answer = client.ReadAnswer();
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "body");
}

// A body that is answered is answered whole: httplib would cut an answer to the range, and with several ranges make
// parts of it.
TEST_F(ListenerTest, AsksNoRangeOfAnAnswer) {
  for (const absl::string_view range : {"bytes=0-1", "bytes=0-1,3-4", "bytes=99-", "bytes=-1"}) {
    RawClient client(listener_->address());
    ASSERT_TRUE(client.Send(PostOf("/in", "0123456789", absl::StrCat("Range: ", range, "\r\n"))));
    const RawClient::Answer answer = client.ReadAnswer();
    EXPECT_EQ(answer.status, 200) << range;
    EXPECT_EQ(answer.body, "0123456789") << range;
  }
}

TEST_F(ListenerTest, ServesManyConnectionsAtOnce) {
  std::vector<int> answered(16, 0);
  std::vector<std::thread> threads;
  for (size_t thread = 0; thread < answered.size(); ++thread) {
    threads.emplace_back([&, thread] {
      RawClient client(listener_->address());
      for (int i = 0; i < 50; ++i) {
        const std::string body = absl::StrCat("thread ", thread, " body ", i);
        if (client.Send(PostOf("/in", body)) && client.ReadAnswer().body == body) ++answered[thread];
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(answered, std::vector<int>(16, 50));
}

TEST_F(ListenerTest, AFaultOfTheHandlerTellsNothing) {
  RawClient client(listener_->address());
  ASSERT_TRUE(client.Send(PostOf("/throws", "body")));
  const RawClient::Answer answer = client.ReadAnswer();
  EXPECT_EQ(answer.status, 500);
  EXPECT_EQ(answer.body, R"({"error":{"reason":"INTERNAL","message":"a fault of the server"}})");
  for (const auto& [name, value] : answer.headers) EXPECT_THAT(value, Not(HasSubstr("business"))) << name;
  EXPECT_TRUE(client.AtEnd());
}

TEST_F(ListenerTest, GivesBackTheMemoryOfAHandlerThatFailed) {
  Listener::Options options;
  options.limits.max_bytes_in_flight = 10;
  Start(options);
  for (int i = 0; i < 3; ++i) {
    RawClient client(listener_->address());
    ASSERT_TRUE(client.Send(PostOf("/throws", "ten bytes!")));
    EXPECT_EQ(client.ReadAnswer().status, 500) << i;
  }
  RawClient client(listener_->address());
  ASSERT_TRUE(client.Send(PostOf("/in", "ten bytes!")));
  EXPECT_EQ(client.ReadAnswer().status, 200);
}

TEST(ListenerStartTest, RefusesAPortThatIsTaken) {
  RecordingHandler handler;
  Listener::Options options;
  options.address = "127.0.0.1:0";
  const auto first = Listener::Start(options, handler);
  ASSERT_TRUE(first.ok()) << first.status();
  options.address = (*first)->address();
  const auto second = Listener::Start(options, handler);
  ASSERT_TRUE(absl::IsInvalidArgument(second.status())) << second.status();
  EXPECT_THAT(std::string(second.status().message()), HasSubstr(options.address));
}

TEST(ListenerStartTest, RefusesAnAddressThatIsNone) {
  RecordingHandler handler;
  for (const std::string address : {"", "127.0.0.1", "127.0.0.1:", ":8080", "127.0.0.1:65536", "192.0.2.1:0"}) {
    Listener::Options options;
    options.address = address;
    EXPECT_TRUE(absl::IsInvalidArgument(Listener::Start(options, handler).status())) << address;
  }
}

TEST(ListenerStartTest, APortCanBeTakenAgainAtOnce) {
  RecordingHandler handler;
  Listener::Options options;
  options.address = "127.0.0.1:0";
  for (int i = 0; i < 5; ++i) {
    const auto listener = Listener::Start(options, handler);
    ASSERT_TRUE(listener.ok()) << listener.status();
    options.address = (*listener)->address();
    RawClient client(options.address);
    ASSERT_TRUE(client.Send(PostOf("/in", "x")));
    EXPECT_EQ(client.ReadAnswer().status, 200);
  }
}

}  // namespace
}  // namespace ampstream
