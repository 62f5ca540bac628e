// What every EventLog must do, run over each that there is.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/event/error.h"
#include "server/event/event_keys.h"
#include "server/log/event_log.h"
#include "server/log/memory_log.h"
#include "tests/testing/append.h"
#include "tests/testing/collecting_listener.h"
#include "tests/testing/events.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/hostile_log.h"
#include "tests/testing/temporary_log.h"

namespace ampstream {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsSupersetOf;

constexpr int64_t kSmall = 20000;
constexpr int64_t kLarge = 64 << 20;

struct Implementation {
  std::string name;
  std::function<std::unique_ptr<EventLog>(int64_t max_bytes, const Clock& clock)> make;
};

std::unique_ptr<EventLog> MakeMemoryLog(int64_t max_bytes, const Clock& clock) {
  MemoryLog::Options options;
  options.max_bytes = max_bytes;
  return std::make_unique<MemoryLog>(options, clock);
}

std::unique_ptr<EventLog> MakeRocksdbLog(int64_t max_bytes, const Clock& clock) {
  return std::make_unique<TemporaryLog>(max_bytes, clock);
}

std::function<std::unique_ptr<EventLog>(int64_t, const Clock&)> MakeHostileLog(uint32_t seed) {
  return [seed](int64_t max_bytes, const Clock& clock) {
    HostileLog::Options options;
    options.seed = seed;
    options.max_bytes = max_bytes;
    return std::make_unique<HostileLog>(options, clock);
  };
}

class EventLogContractTest : public ::testing::TestWithParam<Implementation> {
 protected:
  void SetUp() override { log_ = GetParam().make(kLarge, clock_); }

  std::vector<Appended> Append(const std::vector<NewEvent>& events) { return ampstream::Append(*log_, events); }

  std::vector<SharedChunk> ReadAll(Position after, ReadLimits limits = ReadLimits()) {
    std::vector<SharedChunk> chunks;
    for (bool at_end = false; !at_end;) {
      const absl::StatusOr<ReadResult> result = log_->Read(after, limits);
      if (!result.ok()) {
        ADD_FAILURE() << result.status();
        break;
      }
      chunks.insert(chunks.end(), result->chunks.begin(), result->chunks.end());
      EXPECT_GE(result->next, after);
      after = result->next;
      at_end = result->at_end;
    }
    return chunks;
  }

  // The names of our own events after a position, in order: those of other gateways are passed over.
  std::vector<std::string> NamesAfter(Position after) {
    std::vector<std::string> names;
    for (const SharedChunk& chunk : ReadAll(after)) {
      const std::vector<v1::Event> events = EventsOf(*chunk);
      for (size_t i = 0; i < events.size(); ++i) {
        const std::string& name = events[i].events_track().event_type();
        if (chunk->entries[i].position > after && name.rfind("foreign", 0) != 0) names.push_back(name);
      }
    }
    return names;
  }

  Position Resolve(const StartAt& start) {
    const absl::StatusOr<Position> position = log_->Resolve(start);
    EXPECT_TRUE(position.ok()) << position.status();
    return position.value_or(Position());
  }

  FakeClock clock_;
  std::unique_ptr<EventLog> log_;
};

TEST_P(EventLogContractTest, AcceptsAllOfADeliveryInItsOrder) {
  const std::vector<Appended> appended = Append(MakeEvents({"a", "b", "c"}));
  ASSERT_EQ(appended.size(), 3u);
  EXPECT_EQ(appended[0].id, EventId::Of({"a"}));
  EXPECT_LT(appended[0].position, appended[1].position);
  EXPECT_LT(appended[1].position, appended[2].position);
  EXPECT_THAT(NamesAfter(Position()), ElementsAre("a", "b", "c"));
}

TEST_P(EventLogContractTest, AnswersExactlyOnceAndNeverFromInsideAppend) {
  constexpr int kDeliveries = 200;
  std::atomic<int> answers{0};
  std::atomic<int> from_inside{0};
  const std::thread::id appender = std::this_thread::get_id();
  for (const NewEvent& event : MakeEvents(Names("e", kDeliveries))) {
    log_->Append({event}, absl::InfiniteFuture(), [&](absl::StatusOr<std::vector<Appended>>) {
      ++answers;
      if (std::this_thread::get_id() == appender) ++from_inside;
    });
  }
  log_->Stop(absl::InfiniteFuture());
  EXPECT_EQ(answers, kDeliveries);
  EXPECT_EQ(from_inside, 0);
}

TEST_P(EventLogContractTest, TakesTwoEqualIdsInOneDeliveryForOneEvent) {
  const std::vector<Appended> appended = Append(MakeEvents({"a", "a"}));
  ASSERT_EQ(appended.size(), 2u);
  EXPECT_EQ(appended[1].outcome, Appended::Outcome::kDuplicate);
  EXPECT_EQ(appended[0].position, appended[1].position);
  EXPECT_THAT(NamesAfter(Position()), ElementsAre("a"));
}

TEST_P(EventLogContractTest, TakesARetryForADuplicateInsideOfTheWindowOnly) {
  const Position first = Append(MakeEvents({"a"}))[0].position;
  clock_.Advance(log_->Info().duplicate_window - absl::Seconds(1));
  const Appended retry = Append(MakeEvents({"a"}))[0];
  EXPECT_EQ(retry.outcome, Appended::Outcome::kDuplicate);
  EXPECT_EQ(retry.position, first);
  clock_.Advance(absl::Seconds(2));
  const std::vector<std::string> before = NamesAfter(Position());
  Append(MakeEvents({"a"}));
  EXPECT_EQ(NamesAfter(Position()).size(), before.size() + 1);
}

TEST_P(EventLogContractTest, GivesEachEventItsCursorAndChangesNothingElse) {
  const std::vector<NewEvent> events = MakeEvents({"a", "b"});
  const std::vector<Appended> appended = Append(events);
  size_t seen = 0;
  for (const SharedChunk& chunk : ReadAll(Position())) {
    for (const Entry& entry : chunk->entries) {
      for (size_t i = 0; i < events.size(); ++i) {
        if (entry.position != appended[i].position) continue;
        ++seen;
        v1::Event event;
        ASSERT_TRUE(event.ParseFromString(std::string(chunk->Event(entry))));
        EXPECT_EQ(event.cursor(), (Cursor{log_->Info().epoch, entry.position}.Encode()));
        event.clear_cursor();
        EXPECT_EQ(event.SerializeAsString(), events[i].encoded);
      }
    }
  }
  EXPECT_EQ(seen, 2u);
}

TEST_P(EventLogContractTest, LinksEachChunkToTheOneBeforeIt) {
  for (const std::string& name : Names("e", 50)) Append(MakeEvents({name}));
  Position previous;
  absl::Time log_time = absl::InfinitePast();
  for (const SharedChunk& chunk : ReadAll(Position())) {
    EXPECT_EQ(chunk->previous, previous);
    EXPECT_GE(chunk->log_time, log_time);
    for (const Entry& entry : chunk->entries) {
      EXPECT_GT(entry.position, previous);
      previous = entry.position;
    }
    EXPECT_GE(chunk->last, previous);
    previous = chunk->last;
    log_time = chunk->log_time;
  }
  EXPECT_EQ(previous, log_->Info().newest);
}

TEST_P(EventLogContractTest, ReadsOnFromEveryPosition) {
  const std::vector<std::string> names = Names("e", 20);
  const std::vector<Appended> appended = Append(MakeEvents(names));
  for (size_t i = 0; i < appended.size(); ++i) {
    EXPECT_EQ(NamesAfter(appended[i].position),
              std::vector<std::string>(names.begin() + static_cast<std::ptrdiff_t>(i) + 1, names.end()));
  }
}

TEST_P(EventLogContractTest, ReadsNoMoreThanItsLimits) {
  for (const std::string& name : Names("e", 10)) Append(MakeEvents({name}));
  ReadLimits one_chunk;
  one_chunk.max_chunks = 1;
  EXPECT_EQ(log_->Read(Position(), one_chunk)->chunks.size(), 1u);
  ReadLimits one_byte;
  one_byte.max_bytes = 1;
  EXPECT_EQ(log_->Read(Position(), one_byte)->chunks.size(), 1u);
  EXPECT_EQ(ReadAll(Position(), one_byte).size(), ReadAll(Position()).size());
}

TEST_P(EventLogContractTest, TellsTheListenerOfEverythingAfterStartOnceAndInOrder) {
  Append(MakeEvents({"before"}));
  CollectingListener listener;
  const absl::StatusOr<Position> start = log_->Start(&listener);
  ASSERT_TRUE(start.ok());
  std::vector<std::thread> appenders;
  for (int i = 0; i < 4; ++i) {
    appenders.emplace_back([this, i] {
      for (const std::string& name : Names(absl::StrCat("t", i, "-"), 50)) Append(MakeEvents({name}));
    });
  }
  for (std::thread& appender : appenders) appender.join();
  log_->Stop(absl::InfiniteFuture());
  Position previous = *start;
  std::vector<std::pair<Position, std::string>> told;
  for (const SharedChunk& chunk : listener.chunks()) {
    EXPECT_EQ(chunk->previous, previous);
    previous = chunk->last;
    told.emplace_back(chunk->last, chunk->bytes);
  }
  std::vector<std::pair<Position, std::string>> read;
  for (const SharedChunk& chunk : ReadAll(*start)) read.emplace_back(chunk->last, chunk->bytes);
  EXPECT_EQ(told, read);
  const std::vector<std::string> names = NamesAfter(*start);
  EXPECT_EQ(names.size(), 200u);
  EXPECT_EQ(std::set<std::string>(names.begin(), names.end()).size(), names.size());
}

TEST_P(EventLogContractTest, ResolvesLatestAndEarliest) {
  EXPECT_EQ(Resolve(StartAtEarliest()), Position());
  EXPECT_EQ(Resolve(StartAtLatest()), Position());
  Append(MakeEvents({"a"}));
  EXPECT_EQ(Resolve(StartAtLatest()), log_->Info().newest);
  EXPECT_THAT(NamesAfter(Resolve(StartAtEarliest())), ElementsAre("a"));
}

TEST_P(EventLogContractTest, ResolvesAPositionOfItsOwnAndRefusesOneFromTheFuture) {
  const Position position = Append(MakeEvents({"a"}))[0].position;
  EXPECT_EQ(Resolve(StartAfter{position}), position);
  const absl::Status status = log_->Resolve(StartAfter{Position(log_->Info().newest.value() + 1)}).status();
  EXPECT_TRUE(absl::IsOutOfRange(status));
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_CURSOR_FROM_THE_FUTURE);
}

TEST_P(EventLogContractTest, ResolvesATimeSoThatNothingReceivedThenOrLaterIsMissed) {
  const absl::Time base = absl::FromUnixSeconds(1767323045);
  // The clock goes back in the middle.
  const std::vector<int> seconds = {0, 10, 20, 5, 30};
  for (int second : seconds) {
    EventSpec spec;
    spec.name = absl::StrCat("at", second);
    spec.receive_time = base + absl::Seconds(second);
    Append({MakeEvent(spec)});
  }
  EXPECT_THAT(NamesAfter(Resolve(StartAtTime{base + absl::Seconds(10)})), IsSupersetOf({"at10", "at20", "at30"}));
  EXPECT_THAT(NamesAfter(Resolve(StartAtTime{base + absl::Seconds(30)})), Contains("at30"));
  EXPECT_THAT(NamesAfter(Resolve(StartAtTime{base - absl::Hours(1)})),
              ElementsAre("at0", "at10", "at20", "at5", "at30"));
  EXPECT_THAT(NamesAfter(Resolve(StartAtTime{base + absl::Seconds(31)})), ElementsAre());
}

TEST_P(EventLogContractTest, ResolvesTheLastOfThoseThatMatch) {
  for (const std::string& name : Names("e", 10)) Append(MakeEvents({name}));
  const auto is_even = [](absl::string_view encoded) {
    v1::Event event;
    EXPECT_TRUE(event.ParseFromString(std::string(encoded)));
    const std::string& name = event.events_track().event_type();
    return name.rfind("foreign", 0) != 0 && (name.back() - '0') % 2 == 0;
  };
  // Failures may have changed the order, so what counts is how many are found, and that no more would be.
  for (uint32_t n : {1u, 2u, 5u}) {
    uint32_t found = 0;
    for (const std::string& name : NamesAfter(Resolve(StartAtLastN{n, is_even})))
      found += (name.back() - '0') % 2 == 0 ? 1 : 0;
    EXPECT_EQ(found, n);
  }
  EXPECT_EQ(NamesAfter(Resolve(StartAtLastN{1000, is_even})).size(), 10u);
}

TEST_P(EventLogContractTest, FindsAnEventByItsId) {
  Append(MakeEvents({"a", "b"}));
  const absl::StatusOr<std::string> found = log_->Find(EventId::Of({"b"}));
  ASSERT_TRUE(found.ok()) << found.status();
  v1::Event event;
  ASSERT_TRUE(event.ParseFromString(*found));
  EXPECT_EQ(event.events_track().event_type(), "b");
  const absl::Status none = log_->Find(EventId::Of({"none"})).status();
  EXPECT_TRUE(absl::IsNotFound(none));
  EXPECT_EQ(ReasonOf(none), v1::ERROR_REASON_EVENT_NOT_FOUND);
}

TEST_P(EventLogContractTest, KnowsWhatItHolds) {
  EXPECT_EQ(log_->Info().events, 0);
  EXPECT_FALSE(log_->Info().oldest_time.has_value());
  Append(MakeEvents({"a", "b"}));
  int64_t events = 0;
  int64_t bytes = 0;
  for (const SharedChunk& chunk : ReadAll(Position())) {
    events += static_cast<int64_t>(chunk->entries.size());
    bytes += static_cast<int64_t>(chunk->bytes.size());
  }
  EXPECT_EQ(log_->Info().events, events);
  EXPECT_EQ(log_->Info().bytes, bytes);
  EXPECT_TRUE(log_->Info().newest_time.has_value());
}

TEST_P(EventLogContractTest, RemovesTheOldestBeyondItsSizeAndSaysSo) {
  log_ = GetParam().make(kSmall, clock_);
  CollectingListener listener;
  ASSERT_TRUE(log_->Start(&listener).ok());
  const Position first = Append(MakeEvents({"first"}))[0].position;
  Position last;
  for (int i = 0; i < 100; ++i) {
    EventSpec spec;
    spec.name = absl::StrCat("e", i);
    spec.padding = 1000;
    last = Append({MakeEvent(spec)})[0].position;
  }
  ASSERT_TRUE(listener.WaitFor(last));
  log_->Stop(absl::InfiniteFuture());
  const LogInfo info = log_->Info();
  EXPECT_LE(info.bytes, kSmall);
  EXPECT_GT(info.oldest, first);
  EXPECT_EQ(listener.oldest(), info.oldest);
  for (const absl::Status& status :
       {log_->Resolve(StartAfter{first}).status(), log_->Read(first, ReadLimits()).status()}) {
    EXPECT_TRUE(absl::IsOutOfRange(status));
    EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_CURSOR_EXPIRED);
  }
  EXPECT_TRUE(absl::IsNotFound(log_->Find(EventId::Of({"first"})).status()));
  EXPECT_EQ(Resolve(StartAtEarliest()), info.oldest);
  EXPECT_THAT(NamesAfter(info.oldest), Contains(std::string("e99") + std::string(1000, '.')));
}

TEST_P(EventLogContractTest, RefusesADeliveryWhoseDeadlineHasPassed) {
  const absl::StatusOr<std::vector<Appended>> appended =
      AppendOnce(*log_, MakeEvents({"a"}), clock_.Now() - absl::Seconds(1));
  EXPECT_TRUE(absl::IsDeadlineExceeded(appended.status())) << appended.status();
  log_->Stop(absl::InfiniteFuture());
  EXPECT_THAT(NamesAfter(Position()), ElementsAre());
}

TEST_P(EventLogContractTest, CommitsWhatWaitsBeforeItStopsAndRefusesWhatComesLater) {
  std::atomic<int> accepted{0};
  std::atomic<int> refused{0};
  for (const NewEvent& event : MakeEvents(Names("e", 100))) {
    log_->Append({event}, absl::InfiniteFuture(),
                 [&](absl::StatusOr<std::vector<Appended>> answer) { ++(answer.ok() ? accepted : refused); });
  }
  log_->Stop(absl::InfiniteFuture());
  EXPECT_EQ(accepted + refused, 100);
  EXPECT_EQ(NamesAfter(Position()).size(), 100u);
  EXPECT_TRUE(absl::IsUnavailable(AppendOnce(*log_, MakeEvents({"late"})).status()));
}

INSTANTIATE_TEST_SUITE_P(Logs, EventLogContractTest,
                         ::testing::Values(Implementation{"Memory", MakeMemoryLog},
                                           Implementation{"Rocksdb", MakeRocksdbLog},
                                           Implementation{"Hostile1", MakeHostileLog(1)},
                                           Implementation{"Hostile2", MakeHostileLog(2)},
                                           Implementation{"Hostile3", MakeHostileLog(3)}),
                         [](const ::testing::TestParamInfo<Implementation>& info) { return info.param.name; });

}  // namespace
}  // namespace ampstream
