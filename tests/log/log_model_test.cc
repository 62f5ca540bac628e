// A log beside a plain vector that does the same: random appends, removals, restarts, reads and subscriptions.
// A first argument is the number of seeds to run.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <future>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "server/event/error.h"
#include "server/hub/hub.h"
#include "server/log/memory_log.h"
#include "tests/testing/append.h"
#include "tests/testing/dispatch_threads.h"
#include "tests/testing/events.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/temporary_log.h"
#include "tests/testing/test_subscriber.h"

namespace ampstream {
namespace {

constexpr int64_t kMaxBytes = 60000;
constexpr int kSteps = 250;
int seeds = 12;

// An event as the model knows it.
struct Known {
  std::string name;
  Position position;
  absl::Time receive_time;
  absl::Time log_time;
};

class Model {
 public:
  // What the log has to answer for an event, given what was in it before the delivery; adds it if it is new.
  void Expect(const EventSpec& spec, const Appended& appended, absl::Time now, absl::Duration window, Position oldest) {
    const Known* const there = Newest(spec.name, oldest);
    if (there != nullptr && there->log_time >= now - window) {
      EXPECT_EQ(appended.outcome, Appended::Outcome::kDuplicate) << spec.name;
      EXPECT_EQ(appended.position, there->position) << spec.name;
      return;
    }
    EXPECT_EQ(appended.outcome, Appended::Outcome::kAccepted) << spec.name;
    EXPECT_GT(appended.position, events_.empty() ? Position() : events_.back().position);
    events_.push_back({spec.name, appended.position, spec.receive_time, now});
  }

  const std::vector<Known>& events() const { return events_; }

  const Known* Newest(const std::string& name, Position oldest) const {
    for (auto event = events_.rbegin(); event != events_.rend() && event->position > oldest; ++event) {
      if (event->name == name) return &*event;
    }
    return nullptr;
  }

  std::vector<std::string> NamesAfter(Position position) const {
    std::vector<std::string> names;
    for (const Known& event : events_) {
      if (event.position > position) names.push_back(event.name);
    }
    return names;
  }

 private:
  std::vector<Known> events_;
};

// A log with a hub, and the model of it.
class Trial {
 public:
  Trial(bool on_disk, uint32_t seed) : random_(seed) {
    if (on_disk) {
      auto log = std::make_unique<TemporaryLog>(kMaxBytes, clock_);
      log->options().store.recent_ids = 16;  // So that most ids are in files.
      log->Reopen();
      disk_ = log.get();
      log_ = std::move(log);
    } else {
      MemoryLog::Options options;
      options.max_bytes = kMaxBytes;
      log_ = std::make_unique<MemoryLog>(options, clock_);
    }
    StartHub();
  }

  ~Trial() {
    log_->Stop(absl::InfiniteFuture());
    hub_->Stop();
  }

  void Step() {
    switch (Random(0, 11)) {
      case 0:
        return Reopen();
      case 1:
        clock_.Advance(absl::Hours(Random(1, 30)));
        return Append();  // Which removes what is too old by now; else the log would, at a time of its own.
      case 2:
        return CheckInfo();
      case 3:
        return CheckFind();
      case 4:
        return CheckStart();
      case 5:
        return CheckExpired();
      case 6:
        return CheckSubscription();
      case 7:
        return AppendTogether();
      default:
        return Append();
    }
  }

 private:
  int Random(int from, int to) { return std::uniform_int_distribution<int>(from, to)(random_); }

  void StartHub() {
    Hub::Options options;
    options.tail_bytes = 5000;
    hub_ = Hub::Start(*log_, options).value();
    dispatch_ = std::make_unique<DispatchThreads>(*hub_);
  }

  void Reopen() {
    if (disk_ == nullptr) return;
    log_->Stop(absl::InfiniteFuture());
    dispatch_.reset();
    hub_->Stop();
    hub_.reset();
    disk_->Reopen();
    StartHub();
  }

  // Some new events, some of the `repeats` newest again, of a size and an age each.
  std::vector<EventSpec> MakeSpecs(int repeats) {
    std::vector<EventSpec> specs(static_cast<size_t>(Random(1, 6)));
    for (EventSpec& spec : specs) {
      const bool again = next_ > 0 && Random(0, 3) == 0;
      spec.name = absl::StrCat("e", again ? Random(std::max(0, next_ - repeats), next_ - 1) : next_++);
      spec.padding = static_cast<size_t>(Random(0, 400));
      spec.receive_time = clock_.Now() - absl::Seconds(Random(0, 20));
    }
    return specs;
  }

  static std::vector<NewEvent> MakeDelivery(const std::vector<EventSpec>& specs) {
    std::vector<NewEvent> delivery;
    for (const EventSpec& spec : specs) delivery.push_back(MakeEvent(spec));
    return delivery;
  }

  void Append() {
    const std::vector<EventSpec> specs = MakeSpecs(/*repeats=*/150);
    const Position oldest = log_->Info().oldest;
    const std::vector<Appended> appended = ampstream::Append(*log_, MakeDelivery(specs));
    ASSERT_EQ(appended.size(), specs.size());
    for (size_t i = 0; i < specs.size(); ++i) {
      model_.Expect(specs[i], appended[i], clock_.Now(), log_->Info().duplicate_window, oldest);
    }
  }

  // Deliveries that are in flight together, so that they share chunks, and repeat each other's events. What they repeat
  // is so new that none of it is removed meanwhile.
  void AppendTogether() {
    struct InFlight {
      std::vector<EventSpec> specs;
      std::promise<absl::StatusOr<std::vector<Appended>>> answer;
    };
    std::vector<InFlight> deliveries(static_cast<size_t>(Random(2, 5)));
    const Position oldest = log_->Info().oldest;
    for (InFlight& delivery : deliveries) {
      delivery.specs = MakeSpecs(/*repeats=*/15);
      log_->Append(MakeDelivery(delivery.specs), absl::InfiniteFuture(),
                   [&delivery](auto answer) { delivery.answer.set_value(std::move(answer)); });
    }
    std::vector<absl::StatusOr<std::vector<Appended>>> answers;
    for (InFlight& delivery : deliveries) answers.push_back(delivery.answer.get_future().get());
    // In whichever order the log took them: an event before its duplicates.
    std::multimap<std::pair<Position, bool>, std::pair<EventSpec, Appended>> outcomes;
    for (size_t i = 0; i < deliveries.size(); ++i) {
      ASSERT_TRUE(answers[i].ok() && answers[i]->size() == deliveries[i].specs.size()) << answers[i].status();
      for (size_t event = 0; event < answers[i]->size(); ++event) {
        const Appended& appended = (*answers[i])[event];
        const bool is_duplicate = appended.outcome == Appended::Outcome::kDuplicate;
        outcomes.insert({{appended.position, is_duplicate}, {deliveries[i].specs[event], appended}});
      }
    }
    for (const auto& [order, outcome] : outcomes) {
      model_.Expect(outcome.first, outcome.second, clock_.Now(), log_->Info().duplicate_window, oldest);
    }
  }

  void CheckInfo() {
    const LogInfo info = log_->Info();
    EXPECT_LE(info.bytes, kMaxBytes);
    const std::vector<std::string> left = model_.NamesAfter(info.oldest);
    EXPECT_EQ(static_cast<size_t>(info.events), left.size());
    EXPECT_EQ(info.newest_time.has_value(), !left.empty());
    if (left.empty()) return;
    EXPECT_EQ(info.newest, model_.events().back().position);
    EXPECT_EQ(info.newest_time, model_.events().back().receive_time);
  }

  void CheckFind() {
    const std::string name = absl::StrCat("e", Random(0, next_));
    const absl::StatusOr<std::string> found = log_->Find(EventId::Of({name}));
    const Known* const known = model_.Newest(name, log_->Info().oldest);
    ASSERT_EQ(found.ok(), known != nullptr) << name << " " << found.status();
    if (known == nullptr) return;
    v1::Event event;
    ASSERT_TRUE(event.ParseFromString(*found));
    EXPECT_EQ(event.cursor(), (Cursor{log_->Info().epoch, known->position}.Encode()));
  }

  // Everything after a position, read with small limits.
  std::vector<std::string> ReadNames(Position after) {
    std::vector<std::string> names;
    ReadLimits limits;
    limits.max_bytes = static_cast<size_t>(Random(1, 5000));
    for (bool at_end = false; !at_end;) {
      const absl::StatusOr<ReadResult> result = log_->Read(after, limits);
      if (!result.ok()) return {std::string(result.status().message())};
      for (const SharedChunk& chunk : result->chunks) {
        const std::vector<v1::Event> events = EventsOf(*chunk);
        for (size_t i = 0; i < events.size(); ++i) {
          if (chunk->entries[i].position > after) names.push_back(NameOf(events[i]));
        }
      }
      after = result->next;
      at_end = result->at_end;
    }
    return names;
  }

  static std::string NameOf(const v1::Event& event) {
    const std::string& name = event.events_track().event_type();
    return name.substr(0, name.find('.'));
  }

  void CheckStart() {
    const Position oldest = log_->Info().oldest;
    EXPECT_EQ(ReadNames(*log_->Resolve(StartAtEarliest())), model_.NamesAfter(oldest));
    EXPECT_EQ(ReadNames(*log_->Resolve(StartAtLatest())), std::vector<std::string>());
    std::vector<std::string> left = model_.NamesAfter(oldest);
    const auto n = static_cast<size_t>(Random(0, 80));
    if (left.size() > n) left.erase(left.begin(), left.end() - static_cast<std::ptrdiff_t>(n));
    EXPECT_EQ(ReadNames(*log_->Resolve(StartAtLastN{static_cast<uint32_t>(n)})), left);
    // The last n that match, here those whose number is even, begin at the n-th last of them.
    const StartAtLastN even{3, [](absl::string_view encoded) {
                              v1::Event event;
                              return event.ParseFromString(std::string(encoded)) && IsEven(NameOf(event));
                            }};
    const std::vector<std::string> after = ReadNames(*log_->Resolve(even));
    const std::vector<std::string> all = model_.NamesAfter(oldest);
    EXPECT_EQ(std::count_if(after.begin(), after.end(), IsEven),
              std::min<std::ptrdiff_t>(3, std::count_if(all.begin(), all.end(), IsEven)));
    CheckTime(oldest);
  }

  static bool IsEven(const std::string& name) { return (name.back() - '0') % 2 == 0; }

  // Nothing that was received at that time or later is missed.
  void CheckTime(Position oldest) {
    const absl::Time time = clock_.Now() - absl::Hours(Random(0, 60));
    const std::vector<std::string> given = ReadNames(*log_->Resolve(StartAtTime{time}));
    size_t wanted = 0;
    for (const Known& event : model_.events()) {
      if (event.position <= oldest || event.receive_time < time) continue;
      ++wanted;
      EXPECT_THAT(given, testing::Contains(event.name));
    }
    EXPECT_GE(given.size(), wanted);
  }

  void CheckExpired() {
    if (model_.events().empty()) return;
    const Position position = model_.events()[static_cast<size_t>(Random(0, next_)) % model_.events().size()].position;
    const LogInfo info = log_->Info();
    const absl::Status status = log_->Resolve(StartAfter{position}).status();
    if (position >= info.oldest) {
      EXPECT_TRUE(status.ok()) << status;
      EXPECT_EQ(ReadNames(position), model_.NamesAfter(position));
    } else {
      EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_CURSOR_EXPIRED);
      EXPECT_EQ(ReasonOf(log_->Read(position, ReadLimits()).status()), v1::ERROR_REASON_CURSOR_EXPIRED);
    }
    const Position beyond(info.newest.value() + 1);
    EXPECT_EQ(ReasonOf(log_->Resolve(StartAfter{beyond}).status()), v1::ERROR_REASON_CURSOR_FROM_THE_FUTURE);
  }

  void CheckSubscription() {
    const Position oldest = log_->Info().oldest;
    SubscriptionOptions options = MatchAll();
    options.until_caught_up = true;
    options.limits.max_events = Random(1, 20);
    TestSubscriber subscriber(*hub_, StartAtEarliest(), options);
    ASSERT_TRUE(subscriber.status().ok()) << subscriber.status();
    subscriber.ReadUntilCaughtUp();
    std::vector<std::string> names;
    for (const std::string& name : subscriber.names()) names.push_back(name.substr(0, name.find('.')));
    EXPECT_EQ(names, model_.NamesAfter(oldest));
    EXPECT_TRUE(subscriber.end().has_value() && subscriber.end()->ok());
  }

  std::mt19937 random_;
  FakeClock clock_;
  std::unique_ptr<EventLog> log_;
  TemporaryLog* disk_ = nullptr;  // `log_`, if it is on disk.
  std::unique_ptr<Hub> hub_;
  std::unique_ptr<DispatchThreads> dispatch_;
  Model model_;
  int next_ = 0;  // Of the events' numbers.
};

class LogModelTest : public ::testing::TestWithParam<bool> {};

TEST_P(LogModelTest, DoesAsAVectorDoes) {
  for (int seed = 1; seed <= seeds; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    Trial trial(GetParam(), static_cast<uint32_t>(seed));
    for (int step = 0; step < kSteps; ++step) {
      SCOPED_TRACE(absl::StrCat("step ", step));
      trial.Step();
      if (::testing::Test::HasFailure()) return;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Logs, LogModelTest, ::testing::Values(false, true),
                         [](const ::testing::TestParamInfo<bool>& info) { return info.param ? "Rocksdb" : "Memory"; });

}  // namespace
}  // namespace ampstream

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  if (argc > 1) ampstream::seeds = std::atoi(argv[1]);
  return RUN_ALL_TESTS();
}
