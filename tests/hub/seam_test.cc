// Where replay from a log on disk and live delivery meet.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "server/base/clock.h"
#include "server/hub/hub.h"
#include "tests/testing/append.h"
#include "tests/testing/events.h"
#include "tests/testing/temporary_log.h"
#include "tests/testing/test_subscriber.h"
#include "tests/testing/watched_log.h"

namespace ampstream {
namespace {

constexpr int kTurns = 1000;
constexpr int64_t kSmallTail = 8000;  // About thirty events: most starts are on disk.
constexpr absl::Time kFirstTime = absl::FromUnixSeconds(1767323045);

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
  }

  void EndHub() {
    if (hub_ == nullptr) return;
    watched_.Stop(absl::InfiniteFuture());
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
  std::vector<Position> positions_;  // By number.
};

// A start, and the number of the first event that it gives.
struct Begin {
  StartAt start;
  SubscriptionOptions options = MatchAll();
  size_t first = 0;
};

Begin RandomBegin(const std::vector<Position>& positions, std::mt19937& random) {
  const size_t back = std::uniform_int_distribution<size_t>(1, std::min<size_t>(positions.size(), 300))(random);
  const size_t number = positions.size() - back;
  Begin begin;
  switch (std::uniform_int_distribution<int>(0, 2)(random)) {
    case 0:
      begin.start = StartAfter{positions[number]};
      begin.first = number + 1;
      break;
    case 1:
      begin.start = StartAtTime{kFirstTime + absl::Seconds(static_cast<int64_t>(number))};
      begin.options.selection.not_before = absl::get<StartAtTime>(begin.start).time;
      begin.first = number;
      break;
    default:
      begin.start = StartAtEarliest();
      if (positions.size() > 2000) begin.start = StartAfter{positions[number]};
      begin.first = absl::holds_alternative<StartAtEarliest>(begin.start) ? 0 : number + 1;
      break;
  }
  return begin;
}

TEST_F(SeamTest, HasNoGapAndNoRepeatWhereverReplayMeetsLive) {
  constexpr uint32_t kSeed = 20261125;
  std::mt19937 random(kSeed);
  Append(50);
  int fell_behind = 0;
  for (int turn = 0; turn < kTurns; ++turn) {
    SCOPED_TRACE(absl::StrCat("seed ", kSeed, ", turn ", turn));
    const Begin begin = RandomBegin(positions_, random);
    const bool stalls = turn % 4 == 0;
    const uint32_t writer_seed = random();
    std::thread writer([this, writer_seed] {
      std::mt19937 mine(writer_seed);
      const int deliveries = std::uniform_int_distribution<int>(1, 25)(mine);
      for (int i = 0; i < deliveries; ++i) {
        Append(std::uniform_int_distribution<int>(1, 8)(mine));
        for (int spins = std::uniform_int_distribution<int>(0, 200)(mine); spins > 0; --spins)
          std::this_thread::yield();
      }
    });
    TestSubscriber subscriber(*hub_, begin.start, begin.options);
    if (!stalls) subscriber.ReadUntilCaughtUp();
    writer.join();
    subscriber.ReadEvents(positions_.size() - begin.first);
    ASSERT_NO_FATAL_FAILURE(ExpectAllFrom(begin.first, subscriber));
    if (subscriber.caught_up() == subscriber.fell_behind()) subscriber.ReadUntilCaughtUp();
    ASSERT_EQ(subscriber.caught_up(), subscriber.fell_behind() + 1);
    fell_behind += subscriber.fell_behind();
  }
  RecordProperty("fell_behind", fell_behind);
}

TEST_F(SeamTest, GivesTheLastNWhileMoreAreWritten) {
  constexpr uint32_t kSeed = 7;
  std::mt19937 random(kSeed);
  Append(50);
  for (int turn = 0; turn < 100; ++turn) {
    SCOPED_TRACE(absl::StrCat("seed ", kSeed, ", turn ", turn));
    const size_t before = positions_.size();
    std::thread writer([this] {
      for (int i = 1; i <= 8; ++i) Append(i);
    });
    const uint32_t n = std::uniform_int_distribution<uint32_t>(1, 50)(random);
    TestSubscriber subscriber(*hub_, StartAtLastN{n}, MatchAll());
    subscriber.ReadUntilCaughtUp();
    writer.join();
    size_t first = 0;
    ASSERT_TRUE(absl::SimpleAtoi(subscriber.names().front(), &first));
    EXPECT_GE(first, before - n);  // It was n back at some time since then.
    subscriber.ReadEvents(positions_.size() - first);
    ASSERT_NO_FATAL_FAILURE(ExpectAllFrom(first, subscriber));
  }
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
  Append(3);
  subscriber.ReadEvents(3);
  ASSERT_NO_FATAL_FAILURE(ExpectAllFrom(500, subscriber));
}

}  // namespace
}  // namespace ampstream
