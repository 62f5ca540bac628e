#include "server/server.h"

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/status.h>
#include <grpcpp/support/sync_stream.h>
#include <httplib.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ampstream/v1/event_service.grpc.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/base/clock.h"
#include "server/config.h"
#include "server/event/times.h"
#include "server/ingress/hmac.h"
#include "tests/ingress/raw_client.h"

namespace ampstream {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;

constexpr char kSecret[] = "hunter2";

std::string TestEnvironment(const std::string& variable) { return variable == kSecretVariable ? kSecret : ""; }

// In memory, but for what is said of the log on disk.
config::v1::Config FreePorts() {
  config::v1::Config config = DefaultConfig();
  config.mutable_log()->set_kind(config::v1::Log::KIND_MEMORY);
  config.set_http_address("127.0.0.1:0");
  config.set_grpc_address("127.0.0.1:0");
  config.set_admin_address("127.0.0.1:0");
  return config;
}

// The value of `name=` in a ready line.
std::string ValueOf(absl::string_view line, absl::string_view name) {
  const size_t at = line.find(absl::StrCat(" ", name, "="));
  if (at == absl::string_view::npos) return "";
  const absl::string_view value = line.substr(at + name.size() + 2);
  return std::string(value.substr(0, value.find(' ')));
}

std::string Track(absl::string_view insert_id) {
  return absl::StrCat(R"({"type":"event.track","data":{"event_type":"Buy","time":1767323045000,"insert_id":")",
                      insert_id, R"("}})");
}

// A server with its ports, and what a sender and a subscriber do.
class ServerTest : public testing::Test {
 protected:
  ServerTest() {
    absl::StatusOr<std::unique_ptr<Server>> server = Server::Start(FreePorts(), TestEnvironment, Clock::Real());
    EXPECT_TRUE(server.ok()) << server.status();
    if (!server.ok()) return;
    server_ = *std::move(server);
    ready_line_ = server_->ReadyLine();
    stub_ = v1::EventService::NewStub(
        grpc::CreateChannel(ValueOf(ready_line_, "grpc"), grpc::InsecureChannelCredentials()));
  }

  httplib::Result Post(const std::string& body) const {
    httplib::Client client("http://" + ValueOf(ready_line_, "http"));
    const HmacKey::Mac mac = HmacKey(kSecret).Sign(body).value();
    const std::string signature =
        absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(mac.data()), mac.size()));
    return client.Post("/webhooks/amplitude/default", {{"X-Amplitude-Signature", signature}}, body, "application/json");
  }

  httplib::Result GetAdmin(const std::string& path) const {
    return httplib::Client("http://" + ValueOf(ready_line_, "admin")).Get(path);
  }

  std::unique_ptr<Server> server_;
  std::string ready_line_;
  std::unique_ptr<v1::EventService::Stub> stub_;
};

// One call of Subscribe, which has 20 s to end.
class TestSubscription {
 public:
  TestSubscription(v1::EventService::Stub* stub, const v1::SubscribeRequest& request) {
    context_.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    reader_ = stub->Subscribe(&context_, request);
  }

  // Reads the first two responses, after which what is posted is streamed as it comes.
  void ExpectLive() {
    EXPECT_TRUE(Next().has_subscribed());
    EXPECT_TRUE(Next().has_caught_up());
  }

  v1::SubscribeResponse Next() {
    v1::SubscribeResponse response;
    EXPECT_TRUE(reader_->Read(&response)) << "the stream ended";
    return response;
  }

  // Of the stream, after its goodbye.
  grpc::Status Finish() {
    v1::SubscribeResponse response;
    EXPECT_FALSE(reader_->Read(&response)) << response.ShortDebugString();
    return reader_->Finish();
  }

 private:
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReader<v1::SubscribeResponse>> reader_;
};

TEST_F(ServerTest, SaysWhereItServes) {
  EXPECT_THAT(ready_line_, MatchesRegex("ampstreamd ready http=127\\.0\\.0\\.1:[1-9][0-9]* "
                                        "grpc=127\\.0\\.0\\.1:[1-9][0-9]* admin=127\\.0\\.0\\.1:[1-9][0-9]* "
                                        "log=memory epoch=[0-9a-f]+"));
  grpc::ClientContext context;
  v1::GetLogInfoResponse info;
  ASSERT_TRUE(stub_->GetLogInfo(&context, v1::GetLogInfoRequest(), &info).ok());
  EXPECT_EQ(ValueOf(ready_line_, "epoch"), info.epoch());
}

TEST_F(ServerTest, StreamsWhatIsPosted) {
  TestSubscription subscription(stub_.get(), v1::SubscribeRequest());
  subscription.ExpectLive();
  const httplib::Result answer = Post(Track("i-1"));
  ASSERT_TRUE(answer) << httplib::to_string(answer.error());
  EXPECT_EQ(answer->status, 200) << answer->body;
  const v1::SubscribeResponse response = subscription.Next();
  ASSERT_EQ(response.events_size(), 1) << response.ShortDebugString();
  EXPECT_EQ(response.events(0).source(), "default");
  EXPECT_EQ(response.events(0).events_track().insert_id(), "i-1");
  EXPECT_THAT(answer->body, HasSubstr(response.events(0).id()));
}

TEST_F(ServerTest, SaysGoodbyeWhenItDrains) {
  TestSubscription subscription(stub_.get(), v1::SubscribeRequest());
  subscription.ExpectLive();
  server_->Drain();
  const v1::SubscribeResponse last = subscription.Next();
  ASSERT_TRUE(last.has_goodbye()) << last.ShortDebugString();
  EXPECT_EQ(last.goodbye().reason(), v1::ERROR_REASON_DRAINING);
  EXPECT_EQ(last.goodbye().code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(subscription.Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(ServerTest, StreamsWhatWasAnsweredBeforeTheDrain) {
  TestSubscription subscription(stub_.get(), v1::SubscribeRequest());
  subscription.ExpectLive();
  std::string batch = "[";
  for (int i = 0; i < 100; ++i) absl::StrAppend(&batch, i > 0 ? "," : "", Track(absl::StrCat(i)));
  const httplib::Result answer = Post(batch + "]");
  ASSERT_TRUE(answer && answer->status == 200);
  server_->Drain();
  int events = 0;
  v1::SubscribeResponse response;
  do {
    response = subscription.Next();
    events += response.events_size();
  } while (!response.has_goodbye() && !HasFailure());
  EXPECT_EQ(events, 100);
}

TEST_F(ServerTest, IsReadyUntilItDrains) {
  ASSERT_TRUE(GetAdmin("/livez"));
  EXPECT_EQ(GetAdmin("/livez")->status, 200);
  EXPECT_EQ(GetAdmin("/readyz")->status, 200);
  server_->Drain();
  const httplib::Result ready = GetAdmin("/readyz");
  ASSERT_TRUE(ready);
  EXPECT_EQ(ready->status, 503);
  EXPECT_THAT(ready->body, HasSubstr("drains"));
  EXPECT_EQ(GetAdmin("/livez")->status, 200);
}

TEST_F(ServerTest, TakesNothingAfterTheDrain) {
  server_->Drain();
  EXPECT_FALSE(Post(Track("late")));
  TestSubscription subscription(stub_.get(), v1::SubscribeRequest());
  EXPECT_EQ(subscription.Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(ServerTest, MayBeDrainedTwice) {
  server_->Drain();
  server_->Drain();
  server_.reset();
}

TEST_F(ServerTest, EndsTheStreamsThatAreOpenWhenItIsDestroyed) {
  TestSubscription subscription(stub_.get(), v1::SubscribeRequest());
  subscription.ExpectLive();
  server_.reset();
  EXPECT_TRUE(subscription.Next().has_goodbye());
  EXPECT_EQ(subscription.Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST(ServerDrainTest, BreaksOffWhatIsLeftAtTheDeadline) {
  config::v1::Config config = FreePorts();
  SetDuration(absl::Milliseconds(200), config.mutable_drain_timeout());
  auto server = Server::Start(config, TestEnvironment, Clock::Real());
  ASSERT_TRUE(server.ok()) << server.status();
  // A delivery whose body never comes whole. Its `100 Continue` says that the body is waited for.
  RawClient client(ValueOf((*server)->ReadyLine(), "http"));
  ASSERT_TRUE(
      client.Send("POST /webhooks/amplitude/default HTTP/1.1\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n"));
  ASSERT_EQ(client.ReadAnswer().status, 100);
  const absl::Time start = absl::Now();
  (*server)->Drain();
  EXPECT_GE(absl::Now() - start, absl::Milliseconds(100));
  EXPECT_LT(absl::Now() - start, absl::Seconds(10));
  EXPECT_EQ(client.ReadAnswer().status, 408);
}

TEST(ServerDrainTest, SaysGoodbyeToTheStreamsThoughASenderTakesItsTime) {
  config::v1::Config config = FreePorts();
  SetDuration(absl::Seconds(2), config.mutable_drain_timeout());
  auto server = Server::Start(config, TestEnvironment, Clock::Real());
  ASSERT_TRUE(server.ok()) << server.status();
  const std::string ready_line = (*server)->ReadyLine();
  const auto stub =
      v1::EventService::NewStub(grpc::CreateChannel(ValueOf(ready_line, "grpc"), grpc::InsecureChannelCredentials()));
  TestSubscription subscription(stub.get(), v1::SubscribeRequest());
  subscription.ExpectLive();
  RawClient client(ValueOf(ready_line, "http"));
  ASSERT_TRUE(
      client.Send("POST /webhooks/amplitude/default HTTP/1.1\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n"));
  ASSERT_EQ(client.ReadAnswer().status, 100);
  std::thread drain([&] { (*server)->Drain(); });
  EXPECT_EQ(subscription.Next().goodbye().code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(subscription.Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
  drain.join();
}

// The addresses of a server, each taken by another one in turn.
TEST(ServerStartTest, NamesTheAddressThatIsTaken) {
  const auto first = Server::Start(FreePorts(), TestEnvironment, Clock::Real());
  ASSERT_TRUE(first.ok()) << first.status();
  const std::string line = (*first)->ReadyLine();
  const auto expect_taken = [](const config::v1::Config& config, const std::string& address) {
    const absl::Status status = Server::Start(config, TestEnvironment, Clock::Real()).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(address));
  };
  config::v1::Config config = FreePorts();
  config.set_http_address(ValueOf(line, "http"));
  expect_taken(config, config.http_address());
  config = FreePorts();
  config.set_grpc_address(ValueOf(line, "grpc"));
  expect_taken(config, config.grpc_address());
  config = FreePorts();
  config.set_admin_address(ValueOf(line, "admin"));
  expect_taken(config, config.admin_address());
}

TEST(ServerStartTest, DoesNotServeWithoutItsSecret) {
  const absl::Status status = Server::Start(
                                  FreePorts(), [](const std::string&) { return ""; }, Clock::Real())
                                  .status();
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr(kSecretVariable));
}

TEST(ServerStartTest, HoldsDeliveriesToTheConfiguredLimits) {
  config::v1::Config config = FreePorts();
  config.mutable_ingress_limits()->set_max_body_bytes(10);
  const auto server = Server::Start(config, TestEnvironment, Clock::Real());
  ASSERT_TRUE(server.ok()) << server.status();
  httplib::Client client("http://" + ValueOf((*server)->ReadyLine(), "http"));
  const httplib::Result answer = client.Post("/webhooks/amplitude/default", "eleven byte", "application/json");
  ASSERT_TRUE(answer) << httplib::to_string(answer.error());
  EXPECT_EQ(answer->status, 413);
  EXPECT_THAT(answer->body, HasSubstr("10 that are allowed"));
}

TEST(ServerStartTest, WarnsOfGrpcBeyondThisMachine) {
  config::v1::Config config = FreePorts();
  testing::internal::CaptureStderr();
  ASSERT_TRUE(Server::Start(config, TestEnvironment, Clock::Real()).ok());
  EXPECT_THAT(testing::internal::GetCapturedStderr(), Not(HasSubstr("without TLS")));
  config.set_grpc_address("0.0.0.0:0");
  testing::internal::CaptureStderr();
  ASSERT_TRUE(Server::Start(config, TestEnvironment, Clock::Real()).ok());
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("without TLS"));
}

}  // namespace
}  // namespace ampstream
