// Subscriptions that stand for long, beside a plain vector of all that the log took: they are begun at random, read now
// and then, left and resumed, while events are appended and removed and the log is closed and opened again.
// A first argument is the number of seeds to run.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "ampstream/v1/event_service.pb.h"
#include "server/event/error.h"
#include "server/filter/filter.h"
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

constexpr int64_t kMaxBytes = 60000;  // About a hundred and fifty events.
constexpr int64_t kTailBytes = 6000;
constexpr size_t kStanding = 6;
constexpr int kSteps = 300;
int seeds = 10;

// An event that the log took.
struct Known {
  std::string name;
  std::string user_id;
  absl::Time receive_time;
  Position position;
};

// What a subscription is to give, event by event. Fails the test on anything else.
class Expected {
 public:
  // The events of one user, or, if that is empty, of all; received at `not_before` or later.
  Expected(std::string user_id, absl::Time not_before) : user_id_(std::move(user_id)), not_before_(not_before) {}

  // Begins, or begins again, with that one of the model's events, or the first after it that is wanted.
  void BeginAt(size_t number) { next_ = number; }

  SubscriptionOptions Options() const {
    SubscriptionOptions options;
    v1::EventFilter filter;
    if (!user_id_.empty()) filter.add_user_ids(user_id_);
    options.selection.filter = *Filter::Compile(filter);
    options.selection.not_before = not_before_;
    return options;
  }

  // How many of the model's are still to come.
  size_t Left(const std::vector<Known>& model) const {
    return static_cast<size_t>(std::count_if(model.begin() + static_cast<std::ptrdiff_t>(next_), model.end(),
                                             [this](const Known& event) { return Wants(event); }));
  }

  // The next event that was given.
  void Take(const std::string& name, const std::vector<Known>& model) {
    while (next_ < model.size() && !Wants(model[next_])) ++next_;
    ASSERT_LT(next_, model.size()) << name << " was given, and nothing is left to give";
    ASSERT_EQ(name, model[next_].name);
    ++next_;
  }

  // A place to resume from lies after what was given, and skips nothing that is wanted.
  void CheckResume(Position position, const std::vector<Known>& model) const {
    ASSERT_GE(position, next_ > 0 ? model[next_ - 1].position : Position());
    for (size_t i = next_; i < model.size() && model[i].position <= position; ++i) {
      ASSERT_FALSE(Wants(model[i])) << model[i].name << " is skipped";
    }
  }

 private:
  bool Wants(const Known& event) const {
    return (user_id_.empty() || event.user_id == user_id_) && event.receive_time >= not_before_;
  }

  std::string user_id_;
  absl::Time not_before_;
  size_t next_ = 0;  // All of the model's before it were given, or are not wanted.
};

// A subscription that stands, and what it is to give.
struct Standing {
  Expected expected;
  std::unique_ptr<TestSubscriber> subscriber;
  size_t checked = 0;  // Of its names.
};

class Trial {
 public:
  Trial(bool on_disk, uint32_t seed) : random_(seed) {
    if (on_disk) {
      auto log = std::make_unique<TemporaryLog>(kMaxBytes, clock_);
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
    standing_.clear();
    EndHub();
  }

  void Step() {
    switch (Random(0, 12)) {
      case 0:
        return Reopen();
      case 1:
      case 2:
        return Subscribe();
      case 3:
      case 4:
        return ReadSome();
      case 5:
        return AppendWhileAllRead();
      case 6:
        return Resume();
      case 7:
        if (!standing_.empty()) ReadToTheEnd(&RandomStanding());
        return RemoveEnded();
      case 8:
        clock_.Advance(absl::Hours(Random(1, 24)));
        return Append();  // Which removes what is too old by now; else the log would, at a time of its own.
      default:
        return Append();
    }
  }

  // Every subscription gives all there is, and says that it has.
  void Finish() {
    for (Standing& standing : standing_) ReadToTheEnd(&standing);
  }

  int resumed() const { return resumed_; }
  int expired() const { return expired_; }
  int fell_behind() const { return fell_behind_; }

 private:
  int Random(int from, int to) { return std::uniform_int_distribution<int>(from, to)(random_); }

  // Less than `n`.
  size_t RandomIndex(size_t n) { return std::uniform_int_distribution<size_t>(0, n - 1)(random_); }

  void StartHub() {
    Hub::Options options;
    options.tail_bytes = kTailBytes;
    hub_ = Hub::Start(*log_, options).value();
    dispatch_ = std::make_unique<DispatchThreads>(*hub_);
  }

  void EndHub() {
    log_->Stop(absl::InfiniteFuture());
    dispatch_.reset();
    hub_->Stop();
    hub_.reset();
  }

  std::vector<EventSpec> MakeSpecs() {
    std::vector<EventSpec> specs(static_cast<size_t>(Random(1, 8)));
    for (EventSpec& spec : specs) {
      const bool again = named_ > 0 && Random(0, 5) == 0;
      spec.name = absl::StrCat("e", again ? Random(std::max(0, named_ - 100), named_ - 1) : named_++);
      spec.user_id = absl::StrCat("user-", Random(0, 2));
      spec.padding = static_cast<size_t>(Random(0, 300));
      spec.receive_time = clock_.Now() - absl::Minutes(Random(0, 90));
    }
    return specs;
  }

  // Appends them, and adds what was not there to `taken`.
  void AppendTo(const std::vector<EventSpec>& specs, std::vector<Known>* taken) {
    std::vector<NewEvent> delivery;
    for (const EventSpec& spec : specs) delivery.push_back(MakeEvent(spec));
    const std::vector<Appended> appended = ampstream::Append(*log_, delivery);
    ASSERT_EQ(appended.size(), specs.size());
    for (size_t i = 0; i < specs.size(); ++i) {
      if (appended[i].outcome == Appended::Outcome::kDuplicate) continue;
      taken->push_back({specs[i].name, specs[i].user_id, specs[i].receive_time, appended[i].position});
    }
  }

  void Append() { AppendTo(MakeSpecs(), &model_); }

  // Two append at once, while every subscription reads on.
  void AppendWhileAllRead() {
    std::vector<std::vector<EventSpec>> deliveries(static_cast<size_t>(Random(1, 12)));
    for (auto& specs : deliveries) specs = MakeSpecs();
    std::vector<Known> taken[2];
    std::vector<std::thread> appenders;
    for (size_t which : {0, 1}) {
      appenders.emplace_back([this, which, &deliveries, &taken] {
        for (size_t i = which; i < deliveries.size(); i += 2) AppendTo(deliveries[i], &taken[which]);
      });
    }
    for (Standing& standing : standing_) {
      standing.subscriber->ReadEvents(standing.checked + standing.expected.Left(model_) / 2);
    }
    for (std::thread& appender : appenders) appender.join();
    for (const auto& some : taken) model_.insert(model_.end(), some.begin(), some.end());
    std::sort(model_.begin(), model_.end(), [](const Known& a, const Known& b) { return a.position < b.position; });
    for (Standing& standing : standing_) Check(&standing);
    RemoveEnded();
  }

  size_t NumberAfter(Position position) const {
    const auto event =
        std::find_if(model_.begin(), model_.end(), [&](const Known& known) { return known.position > position; });
    return static_cast<size_t>(event - model_.begin());
  }

  void Subscribe() {
    if (standing_.size() == kStanding) standing_.erase(standing_.begin() + Random(0, kStanding - 1));
    Expected expected(Random(0, 2) == 0 ? absl::StrCat("user-", Random(0, 2)) : "", absl::InfinitePast());
    const Position oldest = log_->Info().oldest;
    size_t first = NumberAfter(oldest);
    const StartAt start = RandomStart(&expected, &first);
    Standing standing{expected, Begin(start, expected)};
    // What is too old is removed at a time of the log's own: then it is not known which event is the first.
    if (standing.subscriber == nullptr || log_->Info().oldest != oldest) return;
    standing.expected.BeginAt(first);
    standing_.push_back(std::move(standing));
  }

  // `first` is the number of the oldest event, and becomes that of the first one to be given.
  StartAt RandomStart(Expected* expected, size_t* first) {
    switch (Random(0, 4)) {
      case 0: {
        const absl::Time time = clock_.Now() - absl::Hours(Random(0, 40));
        *expected = Expected("", time);
        return StartAtTime{time};
      }
      case 1:
        *first = model_.size();
        return StartAtLatest();
      case 2: {
        if (*first == model_.size()) return StartAtEarliest();
        *first += RandomIndex(model_.size() - *first) + 1;
        return StartAfter{model_[*first - 1].position};
      }
      case 3: {
        const size_t n = std::min(RandomIndex(60), model_.size());
        *first = std::max(*first, model_.size() - n);
        return StartAtLastN{static_cast<uint32_t>(n)};
      }
      default:
        return StartAtEarliest();
    }
  }

  // Null: it was refused, which is right if retention has overtaken it.
  std::unique_ptr<TestSubscriber> Begin(const StartAt& start, const Expected& expected) {
    SubscriptionOptions options = expected.Options();
    options.limits.max_events = Random(1, 30);
    auto subscriber = std::make_unique<TestSubscriber>(*hub_, start, options);
    if (subscriber->status().ok()) return subscriber;
    EXPECT_EQ(ReasonOf(subscriber->status()), v1::ERROR_REASON_CURSOR_EXPIRED) << subscriber->status();
    const auto* const after = absl::get_if<StartAfter>(&start);
    EXPECT_TRUE(after != nullptr && after->position < log_->Info().oldest) << "it was refused, and could begin";
    ++expired_;
    return nullptr;
  }

  Standing& RandomStanding() { return standing_[RandomIndex(standing_.size())]; }

  void ReadSome() {
    if (standing_.empty()) return;
    Standing& standing = RandomStanding();
    standing.subscriber->ReadEvents(standing.checked + RandomIndex(standing.expected.Left(model_) + 1));
    Check(&standing);
    RemoveEnded();
  }

  // Holds what it gave to the model.
  void Check(Standing* standing) {
    const std::vector<std::string>& names = standing->subscriber->names();
    for (; standing->checked < names.size(); ++standing->checked) {
      const std::string& name = names[standing->checked];
      ASSERT_NO_FATAL_FAILURE(standing->expected.Take(name.substr(0, name.find('.')), model_));
    }
    const auto& end = standing->subscriber->end();
    if (!end.has_value()) return standing->expected.CheckResume(standing->subscriber->position(), model_);
    EXPECT_EQ(ReasonOf(*end), v1::ERROR_REASON_CURSOR_EXPIRED) << *end;
    EXPECT_LT(standing->subscriber->position(), log_->Info().oldest) << "it ended, and what it wants is there";
  }

  void RemoveEnded() {
    const auto ended = std::remove_if(standing_.begin(), standing_.end(),
                                      [](const Standing& standing) { return standing.subscriber->end().has_value(); });
    expired_ += static_cast<int>(standing_.end() - ended);
    standing_.erase(ended, standing_.end());
  }

  // Nothing is appended meanwhile: once it has caught up, it has given all.
  void ReadToTheEnd(Standing* standing) {
    TestSubscriber& subscriber = *standing->subscriber;
    subscriber.ReadEvents(standing->checked + standing->expected.Left(model_));
    if (!subscriber.end().has_value() && subscriber.caught_up() == subscriber.fell_behind()) {
      subscriber.ReadUntilCaughtUp();
    }
    ASSERT_NO_FATAL_FAILURE(Check(standing));
    fell_behind_ += subscriber.fell_behind() > 0 ? 1 : 0;
    if (subscriber.end().has_value()) return;
    EXPECT_EQ(subscriber.caught_up(), subscriber.fell_behind() + 1);
    EXPECT_EQ(standing->expected.Left(model_), 0u);
  }

  // Leaves a subscription, and begins it again where it was left.
  void Resume() {
    if (standing_.empty()) return;
    const auto left = standing_.begin() + static_cast<std::ptrdiff_t>(RandomIndex(standing_.size()));
    const Standing standing = std::move(*left);
    standing_.erase(left);
    BeginAgain(standing.expected, standing.subscriber->position());
  }

  void BeginAgain(const Expected& expected, Position position) {
    ++resumed_;
    Standing standing{expected, Begin(StartAfter{position}, expected)};
    if (standing.subscriber == nullptr) return;
    standing.expected.BeginAt(NumberAfter(position));
    standing_.push_back(std::move(standing));
  }

  void Reopen() {
    if (disk_ == nullptr) return;
    std::vector<std::pair<Expected, Position>> left;
    for (const Standing& standing : standing_) left.emplace_back(standing.expected, standing.subscriber->position());
    standing_.clear();
    EndHub();
    disk_->Reopen();
    StartHub();
    for (const auto& [expected, position] : left) BeginAgain(expected, position);
  }

  std::mt19937 random_;
  FakeClock clock_;
  std::unique_ptr<EventLog> log_;
  TemporaryLog* disk_ = nullptr;  // `log_`, if it is on disk.
  std::unique_ptr<Hub> hub_;
  std::unique_ptr<DispatchThreads> dispatch_;
  std::vector<Known> model_;
  std::vector<Standing> standing_;  // None of them has ended.
  int named_ = 0;
  int resumed_ = 0;
  int expired_ = 0;
  int fell_behind_ = 0;
};

class SubscriptionModelTest : public ::testing::TestWithParam<bool> {};

TEST_P(SubscriptionModelTest, GivesWhatTheVectorHoldsWhereverItBeganAndHoweverOftenItIsResumed) {
  int resumed = 0;
  int expired = 0;
  int fell_behind = 0;
  for (int seed = 1; seed <= seeds; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    Trial trial(GetParam(), static_cast<uint32_t>(seed));
    for (int step = 0; step < kSteps; ++step) {
      SCOPED_TRACE(absl::StrCat("step ", step));
      trial.Step();
      if (HasFailure()) return;
    }
    trial.Finish();
    if (HasFailure()) return;
    resumed += trial.resumed();
    expired += trial.expired();
    fell_behind += trial.fell_behind();
  }
  // It has met what it is for.
  EXPECT_GT(resumed, 0);
  EXPECT_GT(expired, 0);
  EXPECT_GT(fell_behind, 0);
}

INSTANTIATE_TEST_SUITE_P(Logs, SubscriptionModelTest, ::testing::Values(false, true),
                         [](const ::testing::TestParamInfo<bool>& info) { return info.param ? "Rocksdb" : "Memory"; });

}  // namespace
}  // namespace ampstream

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  if (argc > 1) ampstream::seeds = std::atoi(argv[1]);
  return RUN_ALL_TESTS();
}
