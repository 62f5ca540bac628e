#include "tests/benchmarks/compare/stream_subscribers.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ampstream/v1/event.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/base/clock.h"
#include "server/base/mutex.h"
#include "server/hub/hub.h"
#include "server/log/memory_log.h"
#include "server/rpc/rpc_server.h"
#include "tests/benchmarks/compare/event_sink.h"
#include "tests/benchmarks/waitable_count.h"
#include "tests/testing/append.h"
#include "tests/testing/events.h"

namespace ampstream {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;

constexpr int kStreams = 3;
constexpr absl::Duration kPatience = absl::Seconds(30);

// The ids that each subscriber was given.
class Ids final : public EventSink {
 public:
  void OnEvent(int subscriber, absl::Time, absl::string_view event) override {
    v1::Event parsed;
    EXPECT_TRUE(parsed.ParseFromArray(event.data(), static_cast<int>(event.size())));
    {
      MutexLock lock(&mutex_);
      ids_[static_cast<size_t>(subscriber)].push_back(parsed.id());
    }
    events_.Add();
  }

  // Once there are so many, of all subscribers together.
  std::vector<std::vector<std::string>> Await(size_t events) {
    EXPECT_TRUE(events_.AwaitAtLeast(static_cast<int64_t>(events), kPatience));
    MutexLock lock(&mutex_);
    return ids_;
  }

 private:
  WaitableCount events_;
  Mutex mutex_;
  std::vector<std::vector<std::string>> ids_ ABSL_GUARDED_BY(mutex_) = std::vector<std::vector<std::string>>(kStreams);
};

class StreamSubscribersTest : public ::testing::Test {
 protected:
  void SetUp() override {
    hub_ = Hub::Start(log_, Hub::Options()).value();
    RpcServer::Options options;
    options.address = "127.0.0.1:0";
    server_ = RpcServer::Start(options, log_, *hub_, Clock::Real()).value();
  }
  void TearDown() override { log_.Stop(absl::InfiniteFuture()); }

  // On two connections, so that one of them has two streams.
  absl::StatusOr<std::unique_ptr<StreamSubscribers>> Open(const std::string& method) {
    const std::string& address = server_->address();
    int port = 0;
    EXPECT_TRUE(absl::SimpleAtoi(address.substr(address.rfind(':') + 1), &port));
    return StreamSubscribers::Open({port, kStreams, 2, method, {""}, EventsInSubscribeResponse}, ids_);
  }

  // So many events at once; returns their ids.
  std::vector<std::string> AppendEvents(absl::string_view prefix, int count) {
    const std::vector<NewEvent> events = MakeEvents(Names(prefix, count));
    Append(log_, events);
    std::vector<std::string> ids;
    for (const NewEvent& event : events) ids.push_back(event.id.ToString());
    return ids;
  }

  MemoryLog log_{MemoryLog::Options(), Clock::Real()};
  std::unique_ptr<Hub> hub_;
  std::unique_ptr<RpcServer> server_;
  Ids ids_;
};

TEST_F(StreamSubscribersTest, ReadEveryMessageOfEveryStream) {
  const auto subscribers = Open(kSubscribeMethod);
  ASSERT_TRUE(subscribers.ok()) << subscribers.status();
  std::vector<std::string> appended = AppendEvents("one-", 1);
  // Messages that are larger than a frame, and do not come at once.
  for (const std::string& id : AppendEvents("many-", 20000)) appended.push_back(id);
  EXPECT_THAT(ids_.Await(appended.size() * kStreams), Each(ElementsAreArray(appended)));
  EXPECT_EQ((*subscribers)->status(), absl::OkStatus());
}

TEST_F(StreamSubscribersTest, TellThatAStreamHasEnded) {
  const auto subscribers = Open(kSubscribeMethod);
  ASSERT_TRUE(subscribers.ok()) << subscribers.status();
  server_->Drain(absl::Now() + kPatience);
  server_ = nullptr;
  ASSERT_TRUE((*subscribers)->AwaitEnded(kStreams, kPatience));
  EXPECT_THAT((*subscribers)->status().ToString(), AllOf(HasSubstr("has ended"), HasSubstr("grpc-status=14")));
}

TEST_F(StreamSubscribersTest, TellWhatTheServerRefused) {
  EXPECT_THAT(Open("/no.such.Service/Method").status().ToString(), HasSubstr("grpc-status=12"));
}

}  // namespace
}  // namespace ampstream
