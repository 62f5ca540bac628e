#include "server/hub/hub.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <future>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/event/error.h"
#include "server/log/memory_log.h"
#include "tests/testing/append.h"
#include "tests/testing/dispatch_threads.h"
#include "tests/testing/events.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/hostile_log.h"
#include "tests/testing/test_subscriber.h"

namespace ampstream {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct Implementation {
  std::string name;
  std::function<std::unique_ptr<EventLog>(const Clock& clock)> make;
};

// All that a hub promises, over a log that behaves and over one that does not.
class HubTest : public ::testing::TestWithParam<Implementation> {
 protected:
  void SetUp() override {
    log_ = GetParam().make(clock_);
    StartHub(Hub::Options());
  }

  void TearDown() override {
    log_->Stop(absl::InfiniteFuture());
    hub_->Stop();
  }

  void StartHub(const Hub::Options& options) {
    absl::StatusOr<std::unique_ptr<Hub>> hub = Hub::Start(*log_, options);
    ASSERT_TRUE(hub.ok());
    dispatch_ = nullptr;
    hub_ = *std::move(hub);
    dispatch_ = std::make_unique<DispatchThreads>(*hub_);
  }

  void Append(const std::vector<NewEvent>& events) { ampstream::Append(*log_, events); }

  void AppendNames(const std::vector<std::string>& names) {
    for (const std::string& name : names) Append(MakeEvents({name}));
  }

  // Our own events, in the order of the log.
  std::vector<std::string> LoggedNames() {
    SubscriptionOptions options = MatchAll();
    options.until_caught_up = true;
    TestSubscriber reader(*hub_, StartAtEarliest(), options);
    reader.ReadUntilCaughtUp();
    return reader.names();
  }

  FakeClock clock_;
  std::unique_ptr<EventLog> log_;
  std::unique_ptr<Hub> hub_;
  std::unique_ptr<DispatchThreads> dispatch_;
};

TEST_P(HubTest, GivesWhatIsAppendedAfterItBeganInOrder) {
  TestSubscriber witness(*hub_, StartAtLatest(), MatchAll());
  AppendNames({"before"});
  witness.ReadEvents(1);  // So the hub has been told of it, which a log may do after it has answered.
  TestSubscriber subscriber(*hub_, StartAtLatest(), MatchAll());
  subscriber.ReadUntilCaughtUp();
  EXPECT_THAT(subscriber.names(), IsEmpty());
  Append(MakeEvents({"a", "b", "c"}));
  subscriber.ReadEvents(3);
  EXPECT_THAT(subscriber.names(), ElementsAre("a", "b", "c"));
  EXPECT_EQ(subscriber.caught_up(), 1);
}

TEST_P(HubTest, GivesEverySubscriberEveryEventOnceInTheSameOrder) {
  constexpr int kSubscribers = 20;
  constexpr int kAppenders = 4;
  constexpr int kEach = 100;
  std::vector<std::unique_ptr<TestSubscriber>> subscribers;
  for (int i = 0; i < kSubscribers; ++i) {
    subscribers.push_back(std::make_unique<TestSubscriber>(*hub_, StartAtLatest(), MatchAll()));
  }
  std::vector<std::thread> threads;
  for (int i = 0; i < kAppenders; ++i) {
    threads.emplace_back([this, i] { AppendNames(Names(absl::StrCat("t", i, "-"), kEach)); });
  }
  for (const auto& subscriber : subscribers) {
    threads.emplace_back([&subscriber] { subscriber->ReadEvents(kAppenders * kEach); });
  }
  for (std::thread& thread : threads) thread.join();
  const std::vector<std::string>& first = subscribers.front()->names();
  EXPECT_EQ(std::set<std::string>(first.begin(), first.end()).size(), static_cast<size_t>(kAppenders * kEach));
  for (const auto& subscriber : subscribers) EXPECT_EQ(subscriber->names(), first);
}

TEST_P(HubTest, GivesAllFromTheEarliestAndGoesOnLive) {
  AppendNames(Names("old", 50));
  TestSubscriber subscriber(*hub_, StartAtEarliest(), MatchAll());
  subscriber.ReadUntilCaughtUp();
  EXPECT_GE(subscriber.names().size(), 49u);
  AppendNames(Names("new", 50));
  subscriber.ReadEvents(100);
  EXPECT_EQ(subscriber.names(), LoggedNames());
}

TEST_P(HubTest, ResumesFromAnyPositionWithNoGapAndNoRepeat) {
  AppendNames(Names("e", 30));
  SubscriptionOptions one_by_one = MatchAll();
  one_by_one.limits.max_events = 1;
  TestSubscriber first(*hub_, StartAtEarliest(), one_by_one);
  const std::vector<std::string> all = LoggedNames();
  while (first.names().size() < all.size()) {
    ASSERT_TRUE(first.Next().has_value());
    TestSubscriber resumed(*hub_, StartAfter{first.position()}, MatchAll());
    resumed.ReadEvents(all.size() - first.names().size());
    std::vector<std::string> both = first.names();
    both.insert(both.end(), resumed.names().begin(), resumed.names().end());
    ASSERT_EQ(both, all);
  }
}

TEST_P(HubTest, SeamBetweenReplayAndLiveHasNoGapAndNoRepeat) {
  std::thread appender([this] { AppendNames(Names("e", 300)); });
  for (int i = 0; i < 20; ++i) {
    TestSubscriber subscriber(*hub_, StartAtEarliest(), MatchAll());
    subscriber.ReadUntilCaughtUp();
    AppendNames({absl::StrCat("live", i)});
    subscriber.ReadEvents(subscriber.names().size() + 1);
    EXPECT_EQ(std::set<std::string>(subscriber.names().begin(), subscriber.names().end()).size(),
              subscriber.names().size());
    const std::vector<std::string> all = LoggedNames();
    ASSERT_LE(subscriber.names().size(), all.size());
    EXPECT_EQ(
        subscriber.names(),
        std::vector<std::string>(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(subscriber.names().size())));
  }
  appender.join();
}

TEST_P(HubTest, EndsWhenCaughtUpWithExactlyWhatWasThere) {
  AppendNames(Names("e", 10));
  const std::vector<std::string> all = LoggedNames();
  SubscriptionOptions options = MatchAll();
  options.until_caught_up = true;
  TestSubscriber subscriber(*hub_, StartAtEarliest(), options);
  AppendNames({"later"});
  subscriber.ReadUntilCaughtUp();
  ASSERT_TRUE(subscriber.end().has_value());
  EXPECT_TRUE(subscriber.end()->ok());
  EXPECT_EQ(subscriber.names(), all);
  EXPECT_EQ(subscriber.caught_up(), 1);
  EXPECT_FALSE(subscriber.Poll().has_value()) << "it has ended";
}

TEST_P(HubTest, EndsAfterTheEventsAskedFor) {
  AppendNames(Names("e", 10));
  SubscriptionOptions options = MatchAll();
  options.selection.filter = *Filter::Compile([] {
    v1::EventFilter filter;
    filter.add_sources("default");
    return filter;
  }());
  options.max_events = 3;
  TestSubscriber subscriber(*hub_, StartAtEarliest(), options);
  int64_t events = 0;
  while (!subscriber.end().has_value()) {
    const absl::optional<Batch> batch = subscriber.Next();
    ASSERT_TRUE(batch.has_value());
    events += batch->events;
  }
  EXPECT_TRUE(subscriber.end()->ok());
  EXPECT_EQ(events, 3);
}

TEST_P(HubTest, GivesOnlyWhatMatchesAndMovesOnAllTheSame) {
  v1::EventFilter filter;
  filter.add_user_ids("wanted");
  SubscriptionOptions options = MatchAll();
  options.selection.filter = *Filter::Compile(filter);
  TestSubscriber subscriber(*hub_, StartAtLatest(), options);
  TestSubscriber everything(*hub_, StartAtLatest(), MatchAll());
  subscriber.ReadUntilCaughtUp();
  EventSpec spec;
  for (const char* user : {"wanted", "other", "wanted", "other"}) {
    spec.name = absl::StrCat(spec.name, "x");
    spec.user_id = user;
    Append({MakeEvent(spec)});
  }
  everything.ReadEvents(4);
  subscriber.ReadEvents(2);
  EXPECT_THAT(subscriber.names(), ElementsAre("x", "xxx"));
  while (subscriber.Poll().has_value()) {
  }
  EXPECT_GE(subscriber.position(), everything.position()) << "past what did not match";
}

TEST_P(HubTest, DropsWhatWasReceivedBeforeTheTimeAskedFor) {
  const absl::Time base = absl::FromUnixSeconds(1767323045);
  for (int second : {0, 20, 5, 30}) {
    EventSpec spec;
    spec.name = absl::StrCat("at", second);
    spec.receive_time = base + absl::Seconds(second);
    Append({MakeEvent(spec)});
  }
  SubscriptionOptions options = MatchAll();
  options.selection.not_before = base + absl::Seconds(10);
  options.until_caught_up = true;
  TestSubscriber subscriber(*hub_, StartAtTime{base + absl::Seconds(10)}, options);
  subscriber.ReadUntilCaughtUp();
  EXPECT_THAT(subscriber.names(), ::testing::UnorderedElementsAre("at20", "at30"));
}

TEST_P(HubTest, KeepsBatchesWithinTheirLimits) {
  Append(MakeEvents(Names("e", 20)));
  SubscriptionOptions options = MatchAll();
  options.limits.max_events = 6;
  options.until_caught_up = true;
  TestSubscriber by_events(*hub_, StartAtEarliest(), options);
  while (!by_events.end().has_value()) EXPECT_LE(by_events.Next()->events, 6);
  options.limits = BatchLimits();
  options.limits.max_bytes = 1;
  TestSubscriber by_bytes(*hub_, StartAtEarliest(), options);
  while (!by_bytes.end().has_value()) EXPECT_LE(by_bytes.Next()->events, 1);
  EXPECT_EQ(by_events.names(), by_bytes.names());
}

TEST_P(HubTest, RefusesWhatTheLogRefuses) {
  TestSubscriber subscriber(*hub_, StartAfter{Position(uint64_t{1} << 60)}, MatchAll());
  EXPECT_EQ(ReasonOf(subscriber.status()), v1::ERROR_REASON_CURSOR_FROM_THE_FUTURE);
}

TEST_P(HubTest, LooksForNoStartThatNobodyWaitsFor) {
  std::promise<absl::Status> answer;
  hub_->Subscribe(
      StartAtLastN{1}, MatchAll(), [] {}, [] { return false; },
      [&](absl::StatusOr<std::shared_ptr<Subscription>> made) { answer.set_value(made.status()); });
  EXPECT_TRUE(absl::IsCancelled(answer.get_future().get()));
}

TEST_P(HubTest, WakesNobodyWhoWasCancelled) {
  auto cancelled = std::make_unique<TestSubscriber>(*hub_, StartAtLatest(), MatchAll());
  cancelled->ReadUntilCaughtUp();
  EXPECT_FALSE(cancelled->Poll().has_value());
  cancelled.reset();
  TestSubscriber other(*hub_, StartAtLatest(), MatchAll());
  AppendNames({"a"});
  other.ReadEvents(1);
  EXPECT_THAT(other.names(), ElementsAre("a"));
}

std::unique_ptr<EventLog> MakeHostile(uint32_t seed, const Clock& clock) {
  HostileLog::Options options;
  options.seed = seed;
  return std::make_unique<HostileLog>(options, clock);
}

INSTANTIATE_TEST_SUITE_P(
    Logs, HubTest,
    ::testing::Values(Implementation{"Memory",
                                     [](const Clock& clock) {
                                       return std::make_unique<MemoryLog>(MemoryLog::Options(), clock);
                                     }},
                      Implementation{"Hostile1", [](const Clock& clock) { return MakeHostile(1, clock); }},
                      Implementation{"Hostile2", [](const Clock& clock) { return MakeHostile(2, clock); }}),
    [](const ::testing::TestParamInfo<Implementation>& info) { return info.param.name; });

// What happens to one who does not read, with a tail and a log of known sizes.
class SlowSubscriberTest : public ::testing::Test {
 protected:
  void Start(int64_t tail_bytes, int64_t log_bytes) {
    MemoryLog::Options options;
    options.max_bytes = log_bytes;
    log_ = std::make_unique<MemoryLog>(options, clock_);
    Hub::Options hub_options;
    hub_options.tail_bytes = tail_bytes;
    hub_ = *Hub::Start(*log_, hub_options);
    dispatch_ = std::make_unique<DispatchThreads>(*hub_);
  }

  void TearDown() override {
    log_->Stop(absl::InfiniteFuture());
    hub_->Stop();
  }

  void AppendNames(const std::vector<std::string>& names) {
    for (const std::string& name : names) Append(*log_, MakeEvents({name}));
  }

  FakeClock clock_;
  std::unique_ptr<MemoryLog> log_;
  std::unique_ptr<Hub> hub_;
  std::unique_ptr<DispatchThreads> dispatch_;
};

TEST_F(SlowSubscriberTest, IsToldThatItFellBehindAndReadsOnFromTheLog) {
  Start(2000, 64 << 20);
  TestSubscriber slow(*hub_, StartAtLatest(), MatchAll());
  slow.ReadUntilCaughtUp();
  EXPECT_FALSE(slow.Poll().has_value());
  const std::vector<std::string> names = Names("e", 500);
  AppendNames(names);
  slow.ReadEvents(names.size());
  EXPECT_EQ(slow.names(), names);
  EXPECT_EQ(slow.fell_behind(), 1);
  EXPECT_EQ(slow.caught_up(), 2);
}

TEST_F(SlowSubscriberTest, EndsWithCursorExpiredOnceTheLogHasNotWhatItWants) {
  Start(2000, 20000);
  TestSubscriber slow(*hub_, StartAtLatest(), MatchAll());
  slow.ReadUntilCaughtUp();
  AppendNames(Names("e", 500));
  while (!slow.end().has_value()) ASSERT_TRUE(slow.Next().has_value());
  EXPECT_EQ(ReasonOf(*slow.end()), v1::ERROR_REASON_CURSOR_EXPIRED);
  EXPECT_THAT(slow.names(), IsEmpty()) << "never a silent jump to another position";
}

TEST_F(SlowSubscriberTest, HoldsBackNobody) {
  Start(2000, 64 << 20);
  TestSubscriber slow(*hub_, StartAtLatest(), MatchAll());
  TestSubscriber fast(*hub_, StartAtLatest(), MatchAll());
  const std::vector<std::string> names = Names("e", 500);
  AppendNames(names);
  fast.ReadEvents(names.size());
  EXPECT_EQ(fast.names(), names);
}

TEST_F(SlowSubscriberTest, GetsTheLastOfThoseThatMatch) {
  Start(2000, 64 << 20);
  AppendNames(Names("e", 100));
  TestSubscriber last(*hub_, StartAtLastN{3, nullptr}, MatchAll());
  last.ReadUntilCaughtUp();
  EXPECT_THAT(last.names(), ElementsAre("e97", "e98", "e99"));
}

TEST_F(SlowSubscriberTest, HubKnowsTheStateOfTheLog) {
  Start(2000, 64 << 20);
  EXPECT_TRUE(hub_->state().writable);
  LogState full;
  full.writable = false;
  full.reason = "disk full";
  hub_->OnState(full);
  EXPECT_FALSE(hub_->state().writable);
  EXPECT_EQ(hub_->state().reason, "disk full");
}

}  // namespace
}  // namespace ampstream
