#include "client/subscriber.h"

#include <thread>
#include <vector>

#include "client/call_error.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/fake_event_service.h"

namespace ampstream {
namespace {

using ::testing::ElementsAre;

class SubscriberTest : public ::testing::Test {
 protected:
  SubscriberTest() : subscriber_(Subscriber::Connect(service_.address())) {}

  FakeEventService service_;
  const Subscriber subscriber_;
};

TEST_F(SubscriberTest, ReadsResponsesInOrderUntilTheStreamEnds) {
  service_.responses = {ResponseWithEvent("e-1", "a1"), ResponseWithEvent("e-2", "a2")};
  v1::SubscribeRequest request;
  request.set_cursor("a0");
  const auto stream = subscriber_.Subscribe(request);
  std::vector<std::string> cursors;
  v1::SubscribeResponse response;
  while (stream->Next(&response)) {
    // Nothing of the response before is left in it.
    EXPECT_EQ(response.events_size(), 1);
    cursors.push_back(response.cursor());
  }
  EXPECT_TRUE(stream->Finish().ok());
  EXPECT_THAT(cursors, ElementsAre("a1", "a2"));
  EXPECT_EQ(service_.subscribe_request.cursor(), "a0");
}

TEST_F(SubscriberTest, StreamThatHasEndedStaysEnded) {
  service_.end = grpc::Status(grpc::StatusCode::ABORTED, "over");
  const auto stream = subscriber_.Subscribe({});
  v1::SubscribeResponse response;
  EXPECT_FALSE(stream->Next(&response));
  EXPECT_FALSE(stream->Next(&response));
  EXPECT_EQ(stream->Finish(), absl::AbortedError("over"));
  EXPECT_EQ(stream->Finish(), absl::AbortedError("over"));
}

TEST_F(SubscriberTest, EndBearsTheServersReasonAndMetadata) {
  service_.end = ErrorWithInfo(grpc::StatusCode::OUT_OF_RANGE, "expired", "CURSOR_EXPIRED", {{"oldest_cursor", "a7"}});
  const absl::Status end = subscriber_.Subscribe({})->ForEach([](const v1::SubscribeResponse&) { return true; });
  const CallError error = CallError::Of(end);
  EXPECT_EQ(error.code, absl::StatusCode::kOutOfRange);
  EXPECT_EQ(error.reason, v1::ERROR_REASON_CURSOR_EXPIRED);
  EXPECT_EQ(error.metadata.at("oldest_cursor"), "a7");
}

TEST_F(SubscriberTest, CancelEndsNextThatWaits) {
  service_.responses = {ResponseWithEvent("e-1", "a1")};
  service_.keep_open = true;
  const auto stream = subscriber_.Subscribe({});
  v1::SubscribeResponse response;
  ASSERT_TRUE(stream->Next(&response));
  std::thread canceller([&] { stream->Cancel(); });
  EXPECT_FALSE(stream->Next(&response));
  canceller.join();
  EXPECT_EQ(stream->Finish().code(), absl::StatusCode::kCancelled);
}

TEST_F(SubscriberTest, CancelBeforeTheFirstNextIsNotForgotten) {
  service_.keep_open = true;
  const auto stream = subscriber_.Subscribe({});
  stream->Cancel();
  v1::SubscribeResponse response;
  EXPECT_FALSE(stream->Next(&response));
  EXPECT_EQ(stream->Finish().code(), absl::StatusCode::kCancelled);
}

TEST_F(SubscriberTest, FinishCancelsAStreamThatHasNotEnded) {
  service_.responses = {ResponseWithEvent("e-1", "a1")};
  service_.keep_open = true;
  const auto stream = subscriber_.Subscribe({});
  v1::SubscribeResponse response;
  ASSERT_TRUE(stream->Next(&response));
  EXPECT_EQ(stream->Finish().code(), absl::StatusCode::kCancelled);
}

TEST_F(SubscriberTest, FinishBeforeTheFirstNextMakesNoCall) {
  const auto stream = subscriber_.Subscribe({});
  EXPECT_EQ(stream->Finish().code(), absl::StatusCode::kCancelled);
  v1::SubscribeResponse response;
  EXPECT_FALSE(stream->Next(&response));
}

TEST_F(SubscriberTest, ForEachEndsWithOkWhereTheCallbackHasEnough) {
  service_.responses = {ResponseWithEvent("e-1", "a1"), ResponseWithEvent("e-2", "a2")};
  service_.keep_open = true;
  int calls = 0;
  EXPECT_TRUE(subscriber_.Subscribe({})->ForEach([&](const v1::SubscribeResponse&) { return ++calls < 2; }).ok());
  EXPECT_EQ(calls, 2);
}

TEST_F(SubscriberTest, StreamOutlivesItsSubscriber) {
  service_.responses = {ResponseWithEvent("e-1", "a1")};
  const auto stream = Subscriber::Connect(service_.address()).Subscribe({});
  v1::SubscribeResponse response;
  EXPECT_TRUE(stream->Next(&response));
  EXPECT_FALSE(stream->Next(&response));
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_F(SubscriberTest, GetsAnEvent) {
  service_.event.set_id("e-1");
  const auto response = subscriber_.GetEvent({});
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->event().id(), "e-1");
}

TEST_F(SubscriberTest, UnaryErrorBearsTheServersReason) {
  service_.unary_code = grpc::StatusCode::NOT_FOUND;
  v1::GetEventRequest request;
  request.set_id("e-9");
  const CallError error = CallError::Of(subscriber_.GetEvent(request).status());
  EXPECT_EQ(error.code, absl::StatusCode::kNotFound);
  EXPECT_EQ(error.message, "no event e-9");
  EXPECT_EQ(error.reason, v1::ERROR_REASON_EVENT_NOT_FOUND);
}

TEST_F(SubscriberTest, ListsAPage) {
  service_.pages.resize(2);
  service_.pages[0].add_events()->set_id("e-1");
  const auto response = subscriber_.ListEvents({});
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->events(0).id(), "e-1");
  EXPECT_EQ(response->next_page_token(), "1");
}

TEST_F(SubscriberTest, GetsLogInfo) {
  service_.log_info.set_events(42);
  const auto response = subscriber_.GetLogInfo({});
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->events(), 42);
}

TEST_F(SubscriberTest, TakesAPageThatIsLargerThanGrpcsDefaultLimit) {
  service_.event.mutable_events_track()->set_event_type(std::string(5 << 20, 'x'));
  EXPECT_TRUE(subscriber_.GetEvent({}).ok());
}

TEST(SubscriberWithoutServerTest, CallsAreUnavailableAndRetriable) {
  // Port 1 of the loopback: nobody listens there.
  const Subscriber subscriber = Subscriber::Connect("127.0.0.1:1");
  EXPECT_EQ(subscriber.GetLogInfo({}).status().code(), absl::StatusCode::kUnavailable);
  const absl::Status end = subscriber.Subscribe({})->ForEach([](const v1::SubscribeResponse&) { return true; });
  EXPECT_TRUE(CallError::Of(end).retriable()) << end;
}

}  // namespace
}  // namespace ampstream
