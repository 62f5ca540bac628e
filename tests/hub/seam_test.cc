// Where replay from a log on disk and live delivery meet.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <numeric>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "server/base/clock.h"
#include "server/hub/hub.h"
#include "tests/testing/append.h"
#include "tests/testing/dispatch_threads.h"
#include "tests/testing/events.h"
#include "tests/testing/temporary_log.h"
#include "tests/testing/test_subscriber.h"
#include "tests/testing/watched_log.h"

namespace ampstream {
namespace {

constexpr int kTurns = 1000;
constexpr int64_t kSmallTail = 8000;  // About thirty events: most starts are on disk.
constexpr absl::Time kFirstTime = absl::FromUnixSeconds(1767323045);

// A start, and the number of the first event that it gives; of the last n: the lowest that it may have.
struct Begin {
  StartAt start;
  SubscriptionOptions options = MatchAll();
  size_t first = 0;
};

// How many events each of some deliveries has.
std::vector<int> RandomDeliveries(std::mt19937& random) {
  std::vector<int> deliveries(std::uniform_int_distribution<size_t>(1, 25)(random));
  for (int& events : deliveries) events = std::uniform_int_distribution<int>(1, 8)(random);
  return deliveries;
}

size_t Sum(const std::vector<int>& deliveries) {
  return static_cast<size_t>(std::accumulate(deliveries.begin(), deliveries.end(), 0));
}

// Events are numbered by their names and come one second after the other, so that each subscriber's first one is known,
// and every later one follows on it.
class SeamTest : public ::testing::Test {
 protected:
  SeamTest() : log_(int64_t{1} << 30, Clock::Real()), watched_(log_) { StartHub(); }

  ~SeamTest() override {
    watched_.LetReadsGo();
    EndHub();
  }

  void StartHub(int64_t tail_bytes = kSmallTail) {
    Hub::Options options;
    options.tail_bytes = tail_bytes;
    hub_ = Hub::Start(watched_, options).value();
    dispatch_ = std::make_unique<DispatchThreads>(*hub_);
  }

  void EndHub() {
    if (hub_ == nullptr) return;
    watched_.Stop(absl::InfiniteFuture());
    dispatch_ = nullptr;
    hub_->Stop();
    hub_ = nullptr;
  }

  void Append(int events) {
    std::vector<NewEvent> delivery;
    for (int i = 0; i < events; ++i) {
      EventSpec spec;
      spec.name = absl::StrCat(positions_.size() + static_cast<size_t>(i));
      spec.receive_time = TimeOf(positions_.size() + static_cast<size_t>(i));
      delivery.push_back(MakeEvent(spec));
    }
    for (const Appended& appended : ampstream::Append(log_, delivery)) positions_.push_back(appended.position);
  }

  // Appends deliveries, sooner or later one after the other; meanwhile the disk now and then stands still.
  void AppendUnsteadily(const std::vector<int>& deliveries, uint32_t seed) {
    std::mt19937 random(seed);
    for (const int events : deliveries) {
      const int what = std::uniform_int_distribution<int>(0, 7)(random);
      if (what == 0) watched_.HoldReads();
      if (what == 1 || what == 2) watched_.LetReadsGo();
      Append(events);
      for (int spins = std::uniform_int_distribution<int>(0, 200)(random); spins > 0; --spins)
        std::this_thread::yield();
    }
    watched_.LetReadsGo();
  }

  Begin RandomBegin(std::mt19937& random) const {
    const size_t back = std::uniform_int_distribution<size_t>(1, std::min<size_t>(positions_.size(), 300))(random);
    const size_t number = positions_.size() - back;
    Begin begin{StartAfter{positions_[number]}, MatchAll(), number + 1};
    switch (std::uniform_int_distribution<int>(0, 3)(random)) {
      case 0:
        begin.start = StartAtTime{TimeOf(number)};
        begin.options.selection.not_before = TimeOf(number);
        begin.first = number;
        break;
      case 1:
        begin.start = StartAtLastN{static_cast<uint32_t>(back)};
        begin.first = number;
        break;
      case 2:
        if (positions_.size() > 2000) break;  // It takes too long by then.
        begin.start = StartAtEarliest();
        begin.first = 0;
        break;
      default:
        break;
    }
    return begin;
  }

  static absl::Time TimeOf(size_t number) { return kFirstTime + absl::Seconds(static_cast<int64_t>(number)); }

  // That the subscriber has every event from `first` to the last one, once and in order.
  void ExpectAllFrom(size_t first, const TestSubscriber& subscriber) const {
    ASSERT_EQ(subscriber.names().size(), positions_.size() - first);
    for (size_t i = 0; i < subscriber.names().size(); ++i) {
      ASSERT_EQ(subscriber.names()[i], absl::StrCat(first + i));
    }
  }

  TemporaryLog log_;
  WatchedLog watched_;
  std::unique_ptr<Hub> hub_;
  std::unique_ptr<DispatchThreads> dispatch_;
  std::vector<Position> positions_;  // By number.
};

// Reads until it has caught up: with no batch that ends before `least`, and with the first that goes as far as `most`.
void ExpectCaughtUpBetween(Position least, Position most, TestSubscriber* subscriber) {
  while (subscriber->caught_up() == 0) {
    const absl::optional<Batch> batch = subscriber->Next();
    ASSERT_TRUE(batch.has_value()) << "never caught up";
    ASSERT_FALSE(batch->end.has_value()) << *batch->end;
    ASSERT_FALSE(batch->caught_up && batch->resume < least) << "caught up too early";
    ASSERT_FALSE(!batch->caught_up && batch->resume >= most) << "caught up too late";
  }
}

// The last n begin n back from where the log ended at some time between `before` and `after`; `begin` takes over where.
void FindFirst(const TestSubscriber& subscriber, size_t before, size_t after, Begin* begin) {
  const auto* const last = absl::get_if<StartAtLastN>(&begin->start);
  if (last == nullptr) return;
  ASSERT_FALSE(subscriber.names().empty());
  ASSERT_TRUE(absl::SimpleAtoi(subscriber.names().front(), &begin->first));
  ASSERT_GE(begin->first, before - last->n);
  ASSERT_LE(begin->first, after - last->n);
}

TEST_F(SeamTest, HasNoGapAndNoRepeatWhereverReplayMeetsLive) {
  constexpr uint32_t kSeed = 20261125;
  std::mt19937 random(kSeed);
  Append(50);
  int fell_behind = 0;
  for (int turn = 0; turn < kTurns; ++turn) {
    SCOPED_TRACE(absl::StrCat("seed ", kSeed, ", turn ", turn));
    Begin begin = RandomBegin(random);
    const std::vector<int> deliveries = RandomDeliveries(random);
    const size_t before = positions_.size();
    const size_t after = before + Sum(deliveries);
    const Position least = log_.Info().newest;
    std::thread writer([this, &deliveries, seed = random()] { AppendUnsteadily(deliveries, seed); });
    TestSubscriber subscriber(*hub_, begin.start, begin.options);
    EXPECT_TRUE(subscriber.status().ok()) << subscriber.status();
    if (!HasFailure()) ExpectCaughtUpBetween(least, log_.Info().newest, &subscriber);
    if (!HasFailure()) FindFirst(subscriber, before, after, &begin);
    const bool stalls = turn % 4 == 0;
    if (!HasFailure() && !stalls) subscriber.ReadEvents(after - begin.first);
    writer.join();
    ASSERT_FALSE(HasFailure());
    if (stalls) AppendUnsteadily(RandomDeliveries(random), random());
    Append(1);  // At the end it is live, or fell behind for as long as it stalled.
    subscriber.ReadEvents(positions_.size() - begin.first);
    ASSERT_NO_FATAL_FAILURE(ExpectAllFrom(begin.first, subscriber));
    if (subscriber.caught_up() == subscriber.fell_behind()) subscriber.ReadUntilCaughtUp();
    ASSERT_EQ(subscriber.caught_up(), subscriber.fell_behind() + 1);
    fell_behind += subscriber.fell_behind();
  }
  EXPECT_GT(fell_behind, kTurns / 8);  // Half of those that stalled.
}

TEST_F(SeamTest, CatchesUpFromDiskAfterItFellBehind) {
  Append(1);
  for (int turn = 0; turn < 30; ++turn) {
    const size_t first = positions_.size();
    TestSubscriber subscriber(*hub_, StartAtLatest(), MatchAll());
    subscriber.ReadUntilCaughtUp();
    EXPECT_FALSE(subscriber.Poll().has_value());
    for (int i = 0; i < 20; ++i) Append(10);
    subscriber.ReadEvents(positions_.size() - first);
    ASSERT_NO_FATAL_FAILURE(ExpectAllFrom(first, subscriber));
    EXPECT_EQ(subscriber.fell_behind(), 1);
    if (subscriber.caught_up() == 1) subscriber.ReadUntilCaughtUp();
    EXPECT_EQ(subscriber.caught_up(), 2);
  }
}

TEST_F(SeamTest, NeedsNoDiskForThoseWhoComeBackAfterARestart) {
  for (int i = 0; i < 100; ++i) Append(10);
  EndHub();
  log_.Reopen();
  StartHub(1 << 20);
  const int reads = watched_.reads();
  TestSubscriber subscriber(*hub_, StartAfter{positions_[899]}, MatchAll());
  subscriber.ReadEvents(100);
  ASSERT_NO_FATAL_FAILURE(ExpectAllFrom(900, subscriber));
  Append(5);
  subscriber.ReadEvents(105);
  ASSERT_NO_FATAL_FAILURE(ExpectAllFrom(900, subscriber));
  EXPECT_EQ(watched_.reads(), reads);
}

TEST_F(SeamTest, FillsTheTailWithNoMoreThanItHoldsThoughTheNewestAreLarge) {
  Append(2000);
  EventSpec large;
  large.padding = 100000;
  for (int i = 0; i < 50; ++i) {
    large.name = absl::StrCat("large", i);
    ampstream::Append(log_, {MakeEvent(large)});
  }
  EndHub();
  log_.Reopen();
  StartHub(300000);
  TestSubscriber subscriber(*hub_, StartAtEarliest(), MatchAll());
  subscriber.ReadEvents(2050);
  EXPECT_EQ(subscriber.names().size(), 2050u);
}

TEST_F(SeamTest, DeliversLiveWhileAHundredReplaysWaitForTheDisk) {
  for (int i = 0; i < 100; ++i) Append(5);  // Most of it has left the tail.
  std::vector<std::unique_ptr<TestSubscriber>> replays;
  for (int i = 0; i < 100; ++i) {
    replays.push_back(std::make_unique<TestSubscriber>(*hub_, StartAtEarliest(), MatchAll()));
  }
  TestSubscriber live(*hub_, StartAtLatest(), MatchAll());
  live.ReadUntilCaughtUp();
  watched_.HoldReads();
  for (const auto& replay : replays) EXPECT_FALSE(replay->Poll().has_value());
  Append(5);
  live.ReadEvents(5);
  ASSERT_NO_FATAL_FAILURE(ExpectAllFrom(500, live));
  watched_.LetReadsGo();
  for (const auto& replay : replays) {
    replay->ReadEvents(positions_.size());
    ASSERT_NO_FATAL_FAILURE(ExpectAllFrom(0, *replay));
  }
}

TEST_F(SeamTest, ReadsOnWhileSearchesForTheLastNTakeLong) {
  Append(500);
  watched_.HoldReads();
  for (int i = 0; i < 200; ++i) {
    const StartAtLastN last{1, [](absl::string_view) { return false; }};
    hub_->Subscribe(
        last, MatchAll(), [] {}, nullptr, [](absl::StatusOr<std::shared_ptr<Subscription>>) {});
  }
  // Its own start is looked up at once, and it lives on the tail.
  TestSubscriber subscriber(*hub_, StartAfter{positions_[499]}, MatchAll());
  ASSERT_TRUE(subscriber.status().ok()) << subscriber.status();
  Append(3);
  subscriber.ReadEvents(3);
  ASSERT_NO_FATAL_FAILURE(ExpectAllFrom(500, subscriber));
}

}  // namespace
}  // namespace ampstream
