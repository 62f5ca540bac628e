#include "server/admin/admin_listener.h"

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/admin/metrics.h"
#include "server/base/mutex.h"
#include "tests/ingress/raw_client.h"

namespace ampstream {
namespace {

using testing::HasSubstr;

class AdminListenerTest : public testing::Test {
 protected:
  AdminListenerTest() {
    const auto not_ready = [this] {
      ++asked_;
      MutexLock lock(&mutex_);
      return not_ready_;
    };
    auto listener = AdminListener::Start("127.0.0.1:0", not_ready, [] { return Metrics{{{"shop", 3}}}; });
    EXPECT_TRUE(listener.ok()) << listener.status();
    if (listener.ok()) listener_ = *std::move(listener);
  }

  void SetNotReady(const std::string& reason) {
    MutexLock lock(&mutex_);
    not_ready_ = reason;
  }

  RawClient::Answer Ask(absl::string_view request_line, absl::string_view more = "") {
    RawClient client(listener_->address());
    EXPECT_TRUE(client.Send(absl::StrCat(request_line, " HTTP/1.1\r\nHost: test\r\n", more, "\r\n")));
    RawClient::Answer answer = client.ReadAnswer();
    EXPECT_EQ(answer.Header("connection"), "close") << request_line;
    EXPECT_TRUE(client.AtEnd()) << request_line;
    return answer;
  }

  Mutex mutex_;
  std::string not_ready_ ABSL_GUARDED_BY(mutex_);
  std::atomic<int> asked_{0};
  std::unique_ptr<AdminListener> listener_;
};

TEST_F(AdminListenerTest, IsLiveAsLongAsItServes) {
  EXPECT_EQ(Ask("GET /livez").status, 200);
  EXPECT_EQ(Ask("GET /livez").body, "ok\n");
  SetNotReady("the server drains");
  EXPECT_EQ(Ask("GET /livez").status, 200);
  EXPECT_EQ(asked_, 0);
}

TEST_F(AdminListenerTest, IsReadyUntilItIsNot) {
  EXPECT_EQ(Ask("GET /readyz").status, 200);
  SetNotReady("the log: the disk is full");
  const RawClient::Answer answer = Ask("GET /readyz");
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.body, "not ready: the log: the disk is full\n");
  EXPECT_EQ(answer.Header("content-type"), "text/plain");
  SetNotReady("");
  EXPECT_EQ(Ask("GET /readyz").body, "ok\n");
}

TEST_F(AdminListenerTest, TellsWhatIsCounted) {
  const RawClient::Answer answer = Ask("GET /metrics");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.Header("content-type"), "text/plain; version=0.0.4");
  EXPECT_EQ(answer.body, MetricsText(Metrics{{{"shop", 3}}}));
}

TEST_F(AdminListenerTest, TakesAQueryBehindThePath) { EXPECT_EQ(Ask("GET /readyz?verbose=1").status, 200); }

TEST_F(AdminListenerTest, TellsWhatIsHereWhereNothingIs) {
  for (const absl::string_view path : {"/", "/livez/", "/metrics/", "/webhooks/amplitude/default", "/Livez"}) {
    const RawClient::Answer answer = Ask(absl::StrCat("GET ", path));
    EXPECT_EQ(answer.status, 404) << path;
    EXPECT_THAT(answer.body, HasSubstr("/readyz"));
  }
}

TEST_F(AdminListenerTest, AnswersReadingMethodsOnly) {
  for (const absl::string_view method : {"POST", "PUT", "DELETE", "PATCH", "OPTIONS"}) {
    const RawClient::Answer answer = Ask(absl::StrCat(method, " /livez"), "Content-Length: 0\r\n");
    EXPECT_EQ(answer.status, 405) << method;
    EXPECT_EQ(answer.Header("allow"), "GET, HEAD") << method;
  }
}

TEST_F(AdminListenerTest, AnswersHeadWithoutABody) {
  RawClient client(listener_->address());
  ASSERT_TRUE(client.Send("HEAD /livez HTTP/1.1\r\nHost: test\r\n\r\n"));
  const std::string received = client.ReceiveOnce();
  EXPECT_TRUE(absl::StartsWith(received, "HTTP/1.1 200 ")) << received;
  EXPECT_TRUE(absl::EndsWith(received, "\r\n\r\n")) << received;
  EXPECT_TRUE(client.AtEnd());
}

TEST_F(AdminListenerTest, TakesNoBodyForTheNextRequest) {
  RawClient client(listener_->address());
  const absl::string_view smuggled = "GET /readyz HTTP/1.1\r\n\r\n";
  ASSERT_TRUE(
      client.Send(absl::StrCat("GET /livez HTTP/1.1\r\nContent-Length: ", smuggled.size(), "\r\n\r\n", smuggled)));
  EXPECT_EQ(client.ReadAnswer().status, 200);
  EXPECT_EQ(client.ReadAnswer().status, 0);
  EXPECT_EQ(asked_, 0);
}

TEST_F(AdminListenerTest, AnswersManyAtOnce) {
  std::vector<int> answered(16, 0);
  std::vector<std::thread> threads;
  for (int& count : answered) {
    threads.emplace_back([&] {
      for (int i = 0; i < 10; ++i) {
        RawClient client(listener_->address());
        if (client.Send("GET /readyz HTTP/1.1\r\n\r\n") && client.ReadAnswer().status == 200) ++count;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(answered, std::vector<int>(16, 10));
}

TEST_F(AdminListenerTest, RefusesAPortThatIsTaken) {
  const auto second = AdminListener::Start(
      listener_->address(), [] { return std::string(); }, [] { return Metrics(); });
  ASSERT_TRUE(absl::IsInvalidArgument(second.status())) << second.status();
  EXPECT_THAT(std::string(second.status().message()), HasSubstr(listener_->address()));
}

TEST_F(AdminListenerTest, RefusesAnAddressThatIsNone) {
  for (const std::string address : {"", "127.0.0.1", "127.0.0.1:x", "192.0.2.1:0"}) {
    const auto refused = AdminListener::Start(
        address, [] { return std::string(); }, [] { return Metrics(); });
    EXPECT_TRUE(absl::IsInvalidArgument(refused.status())) << address;
  }
}

TEST_F(AdminListenerTest, EndsWithItsObject) {
  const std::string address = listener_->address();
  EXPECT_TRUE(RawClient(address).connected());
  listener_.reset();
  EXPECT_FALSE(RawClient(address).connected());
}

}  // namespace
}  // namespace ampstream
