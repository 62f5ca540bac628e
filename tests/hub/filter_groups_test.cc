// Who is woken for what: filters that are looked up, shared, and slept through.

#include "server/hub/filter_groups.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "ampstream/v1/filter.pb.h"
#include "server/hub/hub.h"
#include "server/log/chunk_builder.h"
#include "server/log/memory_log.h"
#include "tests/testing/append.h"
#include "tests/testing/dispatch_threads.h"
#include "tests/testing/events.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/test_subscriber.h"

namespace ampstream {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::shared_ptr<const Filter> WhereFilter(const std::string& expression) {
  v1::EventFilter filter;
  filter.set_expression(expression);
  const auto compiled = Filter::Compile(filter);
  EXPECT_TRUE(compiled.ok()) << compiled.status();
  return *compiled;
}

std::shared_ptr<const Filter> UserFilter(const std::vector<std::string>& users) {
  v1::EventFilter filter;
  for (const std::string& user : users) filter.add_user_ids(user);
  return *Filter::Compile(filter);
}

EventSpec OfUser(const std::string& name, const std::string& user) {
  EventSpec spec;
  spec.name = name;
  spec.user_id = user;
  return spec;
}

KeyedChunk ChunkOf(const std::vector<EventSpec>& specs) {
  ChunkBuilder builder(Epoch(1), Position(0));
  uint64_t position = 0;
  for (const EventSpec& spec : specs) builder.Add(Position(++position), MakeEvent(spec).encoded);
  return KeyedChunk(std::move(builder).Build(Position(position + 1), absl::UnixEpoch()));
}

TEST(FilterGroupsTest, EqualFiltersAreOneGroupForAsLongAsSomebodyHoldsIt) {
  FilterGroups groups;
  auto one = groups.Join(UserFilter({"a", "b"}));
  EXPECT_EQ(groups.Join(UserFilter({"b", "a"})), one);
  EXPECT_NE(groups.Join(UserFilter({"a"})), one);
  const auto where = groups.Join(WhereFilter(R"(source = "a" AND id = "1")"));
  EXPECT_EQ(groups.Join(WhereFilter(R"(id='1' AND (source = "a"))")), where);
  EXPECT_THAT(groups.All(), testing::UnorderedElementsAre(one, where));
  one.reset();
  EXPECT_THAT(groups.All(), ElementsAre(where));
}

TEST(FilterGroupsTest, IsLookedUpByWhatTellsMostApart) {
  const auto key = [](const std::shared_ptr<const Filter>& filter) {
    std::vector<std::string> keys;
    for (const FilterKey& one : filter->keys()) keys.push_back(absl::StrCat(static_cast<int>(one.field), one.value));
    std::sort(keys.begin(), keys.end());
    return keys;
  };
  EXPECT_THAT(key(UserFilter({"a", "b"})), ElementsAre("0a", "0b"));
  EXPECT_THAT(key(WhereFilter(R"(type = "events.track" AND user_id = "a")")), ElementsAre("0a"));
  EXPECT_THAT(key(WhereFilter(R"(events_track.user_id = "a")")), ElementsAre("0a"));
  EXPECT_THAT(key(WhereFilter(R"(device_id = "d" AND source = "s")")), ElementsAre("1d"));
  EXPECT_THAT(key(WhereFilter(R"(type = "events.track" AND source = "s")")), ElementsAre("3s"));
  EXPECT_THAT(key(WhereFilter(R"(type = "events.track")")), ElementsAre("4events.track"));
  EXPECT_THAT(key(WhereFilter(R"(source = "s" AND event_type = "Buy")")), ElementsAre("2Buy"));
  EXPECT_THAT(key(WhereFilter(R"(events_track.event_type = "Buy" AND user_id = "a")")), ElementsAre("0a"));
  for (const char* expression : {R"(user_id != "a")", R"(user_id = "a*")", R"(NOT user_id = "a")", R"(user_id:*)",
                                 R"(user_id = "a" OR source = "s")", R"(event_properties.user_id = "a")"}) {
    EXPECT_THAT(key(WhereFilter(expression)), IsEmpty()) << expression;
  }
}

TEST(FilterGroupsTest, FindsJustThoseThatWantSomething) {
  constexpr unsigned kSeed = 20261125;
  std::mt19937 random(kSeed);
  const auto user = [&random] { return absl::StrCat("user-", random() % 20); };
  FilterGroups groups;
  std::vector<std::shared_ptr<FilterGroup>> all;
  for (int turn = 0; turn < 400; ++turn) {
    SCOPED_TRACE(absl::StrCat("seed ", kSeed, ", turn ", turn));
    switch (random() % 6) {
      case 0:
        all.push_back(groups.Join(UserFilter({user(), user()})));
        break;
      case 1:
        all.push_back(groups.Join(WhereFilter(absl::StrCat("user_id = \"", user(), "\" AND source = \"a\""))));
        break;
      case 2:
        all.push_back(groups.Join(WhereFilter(absl::StrCat("source = \"a\" AND user_id != \"", user(), "\""))));
        break;
      case 3:
        all.push_back(groups.Join(WhereFilter("type = \"events.identify\" OR user_id = \"user-1\"")));
        break;
      case 4:
        all.push_back(
            groups.Join(WhereFilter(absl::StrCat("event_type = \"Tap ", random() % 4, "\" AND source = \"b\""))));
        break;
      default:
        if (!all.empty()) all.erase(all.begin() + static_cast<std::ptrdiff_t>(random() % all.size()));
    }
    std::vector<EventSpec> specs;
    for (size_t i = random() % 4; i > 0; --i) {
      EventSpec spec = OfUser("n", user());
      spec.source = random() % 2 == 0 ? "a" : "b";
      spec.name = absl::StrCat("Tap ", random() % 4);
      specs.push_back(spec);
    }
    const KeyedChunk chunk = ChunkOf(specs);
    std::set<FilterGroup*> expected;
    for (const auto& group : all) {
      for (size_t i = 0; i < chunk.keys.size(); ++i) {
        if (group->filter->Matches(chunk.keys[i], chunk.chunk->Event(chunk.chunk->entries[i])))
          expected.insert(group.get());
      }
    }
    std::set<FilterGroup*> found;
    for (const auto& group : groups.Wanting(chunk)) EXPECT_TRUE(found.insert(group.get()).second) << "found twice";
    ASSERT_EQ(found, expected);
  }
}

TEST(FilterGroupsTest, AFilteredChunkIsMadeOnceAndHoldsWhatMatches) {
  const KeyedChunk chunk = ChunkOf({OfUser("1", "a"), OfUser("2", "b"), OfUser("3", "a")});
  const std::shared_ptr<const Filter> filter = UserFilter({"a"});
  const SharedChunk filtered = chunk.Filtered(filter);
  ASSERT_NE(filtered, nullptr);
  EXPECT_EQ(chunk.Filtered(filter), filtered);
  EXPECT_EQ(filtered->previous, chunk.chunk->previous);
  EXPECT_EQ(filtered->last, chunk.chunk->last);
  ASSERT_EQ(filtered->entries.size(), 2u);
  EXPECT_EQ(filtered->entries[1].position, chunk.chunk->entries[2].position);
  EXPECT_EQ(filtered->Event(filtered->entries[1]), chunk.chunk->Event(chunk.chunk->entries[2]));
  EXPECT_EQ(EventsOf(*filtered).size(), 2u);
  // Beyond the chunk's own size nothing more is kept.
  std::vector<std::shared_ptr<const Filter>> others;
  bool is_full = false;
  for (int i = 0; i < 20 && !is_full; ++i) {
    others.push_back(UserFilter({"a", absl::StrCat("other-", i)}));
    is_full = chunk.Filtered(others.back()) == nullptr;
  }
  EXPECT_TRUE(is_full);
}

class SleepTest : public testing::Test {
 protected:
  SleepTest() : log_(MemoryLog::Options(), clock_) {
    Hub::Options options;
    options.tail_bytes = 4000;  // Some fifteen events.
    hub_ = Hub::Start(log_, options).value();
    dispatch_ = std::make_unique<DispatchThreads>(*hub_);
  }

  ~SleepTest() override {
    subscribers_.clear();
    log_.Stop(absl::InfiniteFuture());
    hub_->Stop();
  }

  TestSubscriber& Subscribe(const std::shared_ptr<const Filter>& filter) {
    SubscriptionOptions options;
    options.selection.filter = filter;
    subscribers_.push_back(std::make_unique<TestSubscriber>(*hub_, StartAtLatest(), options));
    subscribers_.back()->ReadUntilCaughtUp();
    EXPECT_FALSE(subscribers_.back()->Poll().has_value());  // From here on it waits.
    return *subscribers_.back();
  }

  Position AppendOf(const std::string& name, const std::string& user) {
    return ampstream::Append(log_, {MakeEvent(OfUser(name, user))}).back().position;
  }

  FakeClock clock_;
  MemoryLog log_;
  std::unique_ptr<Hub> hub_;
  std::unique_ptr<DispatchThreads> dispatch_;
  std::vector<std::unique_ptr<TestSubscriber>> subscribers_;
};

TEST_F(SleepTest, WhoWantsNothingOfTheNewsDoesNotFallBehindAndMovesOn) {
  TestSubscriber& sleeper = Subscribe(UserFilter({"rare"}));
  TestSubscriber& watcher = Subscribe(UserFilter({"usual"}));
  Position newest;
  for (int i = 0; i < 200; ++i) newest = AppendOf(absl::StrCat("u", i), "usual");  // The tail has moved on far.
  watcher.ReadEvents(200);
  EXPECT_EQ(sleeper.position(), newest);  // Where it would resume.
  AppendOf("r1", "rare");
  AppendOf("u", "usual");
  AppendOf("r2", "rare");
  sleeper.ReadEvents(2);
  EXPECT_THAT(sleeper.names(), ElementsAre("r1", "r2"));
  EXPECT_EQ(sleeper.fell_behind(), 0);
}

TEST_F(SleepTest, ManySleepersGetTheirOwnAndNothingElse) {
  constexpr unsigned kSeed = 7;
  std::mt19937 random(kSeed);
  // Two of each user, who share a filter, and one whose filter is written differently.
  std::vector<TestSubscriber*> sleepers;
  for (int i = 0; i < 30; ++i) {
    const std::string user = absl::StrCat("user-", i % 10);
    sleepers.push_back(&Subscribe(i < 20 ? UserFilter({user}) : WhereFilter(absl::StrCat("user_id = \"", user, "\""))));
  }
  std::vector<std::vector<std::string>> expected(10);
  for (int i = 0; i < 1000; ++i) {
    const size_t user = random() % 10;
    AppendOf(absl::StrCat("e", i), absl::StrCat("user-", user));
    expected[user].push_back(absl::StrCat("e", i));
    // Now and then one reads all that it has.
    const size_t reader = random() % sleepers.size();
    if (random() % 2 == 0) sleepers[reader]->ReadEvents(expected[reader % 10].size());
  }
  for (size_t i = 0; i < sleepers.size(); ++i) {
    SCOPED_TRACE(absl::StrCat("seed ", kSeed, ", sleeper ", i));
    sleepers[i]->ReadEvents(expected[i % 10].size());
    EXPECT_EQ(sleepers[i]->names(), expected[i % 10]);
  }
}

}  // namespace
}  // namespace ampstream
