// The commands that make one call, or one a page: get, info, list.

#include <string>

#include "client/cli/get.h"
#include "client/cli/info.h"
#include "client/cli/list.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/cli/captured_output.h"
#include "tests/client/fake_event_service.h"

namespace ampstream {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::SizeIs;

class UnaryCommandsTest : public ::testing::Test {
 protected:
  template <typename Options>
  absl::Status Run(Options options) {
    options.grpc_address = service_.address();
    LineWriter out(output_.fd());
    return ampstream::Run(options, out, notices_);
  }

  FakeEventService service_;
  CapturedOutput output_;
  const Notices notices_{LogLevel::kError};
};

TEST_F(UnaryCommandsTest, GetPrintsTheWholeEvent) {
  service_.event = ResponseWithEvent("e-1", "a1").events(0);
  GetOptions options;
  options.id = "e-1";
  ASSERT_TRUE(Run(options).ok());
  EXPECT_THAT(output_.Text(), HasSubstr("\n \"id\": \"e-1\",\n"));
}

TEST_F(UnaryCommandsTest, GetPrintsJsonOnOneLine) {
  service_.event.set_id("e-1");
  GetOptions options;
  options.output = OutputFormat::kJson;
  ASSERT_TRUE(Run(options).ok());
  EXPECT_EQ(output_.Text(), "{\"id\":\"e-1\"}\n");
}

TEST_F(UnaryCommandsTest, GetSaysThatThereIsNoSuchEvent) {
  service_.unary_code = grpc::StatusCode::NOT_FOUND;
  GetOptions options;
  options.id = "e-9";
  const absl::Status status = Run(options);
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(status.message(), "NOT_FOUND EVENT_NOT_FOUND: no event e-9");
}

TEST_F(UnaryCommandsTest, InfoPrintsWhatTheLogHolds) {
  service_.log_info.set_epoch("ep");
  service_.log_info.set_events(3);
  service_.log_info.mutable_oldest_time()->set_seconds(1767323045);
  ASSERT_TRUE(Run(InfoOptions()).ok());
  EXPECT_THAT(output_.Text(), HasSubstr("epoch   ep\nevents  3\n"));
  EXPECT_THAT(output_.Text(), HasSubstr("2026-01-02T03:04:05.000Z\n"));
  EXPECT_THAT(output_.Text(), HasSubstr("(the log is empty)\n"));
}

TEST_F(UnaryCommandsTest, InfoPrintsJson) {
  service_.log_info.set_oldest_cursor("a0");
  InfoOptions options;
  options.output = OutputFormat::kJson;
  ASSERT_TRUE(Run(options).ok());
  EXPECT_EQ(output_.Text(), "{\"oldest_cursor\":\"a0\"}\n");
}

TEST_F(UnaryCommandsTest, InfoSaysWhatFailed) {
  service_.unary_code = grpc::StatusCode::INTERNAL;
  EXPECT_EQ(Run(InfoOptions()).message(), "INTERNAL: no log");
}

// The second page is empty and has a next one all the same.
TEST_F(UnaryCommandsTest, ListGoesThroughAllPages) {
  service_.pages.resize(3);
  *service_.pages[0].mutable_events() = ResponseWithEvent("e-1", "a1").events();
  *service_.pages[2].mutable_events() = ResponseWithEvent("e-2", "a2").events();
  ListOptions options;
  options.filter.add_sources("web");
  ASSERT_TRUE(Run(options).ok());
  EXPECT_THAT(output_.Text(), MatchesRegex("2026-.*id=e-1\n2026-.*id=e-2\n"));
  ASSERT_THAT(service_.list_requests, SizeIs(3));
  for (const v1::ListEventsRequest& request : service_.list_requests) EXPECT_EQ(request.filter().sources(0), "web");
}

TEST_F(UnaryCommandsTest, ListEndsAtTheLimitAndAsksForNoMore) {
  service_.pages.resize(3);
  *service_.pages[0].mutable_events() = ResponseWithEvent("e-1", "a1").events();
  *service_.pages[1].mutable_events() = ResponseWithEvent("e-2", "a2").events();
  ListOptions options;
  options.limit = 2;
  ASSERT_TRUE(Run(options).ok());
  EXPECT_THAT(output_.Text(), MatchesRegex("2026-.*id=e-1\n2026-.*id=e-2\n"));
  ASSERT_THAT(service_.list_requests, SizeIs(2));
  EXPECT_EQ(service_.list_requests[0].page_size(), 2);
  EXPECT_EQ(service_.list_requests[1].page_size(), 1);
}

}  // namespace
}  // namespace ampstream
