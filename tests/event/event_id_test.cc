#include "server/event/event_id.h"

#include <string>
#include <thread>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ampstream {
namespace {

using ::testing::MatchesRegex;

constexpr absl::string_view kText = "0123456789abcdef00ff10a0b0c0d0e0";

// Computed with Python's hashlib. Ids are kept in logs: a retry must have the same one after an upgrade too.
TEST(EventIdTest, IsTheFirstHalfOfSha256OverPartsWithTheirLengths) {
  EXPECT_EQ(EventId::Of({"default", "events.track", "e-1"}).ToString(), "80b1fe5a69481aa1b11c278925cee86d");
  EXPECT_EQ(EventId::Of({}).ToString(), "e3b0c44298fc1c149afbf4c8996fb924");
  EXPECT_EQ(EventId::Of({""}).ToString(), "af5570f5a1810b7af78caf4bc70a660f");
}

TEST(EventIdTest, IsTheSameForTheSameParts) {
  for (int i = 0; i < 3; ++i) EXPECT_EQ(EventId::Of({"a", "b"}), EventId::Of({"a", "b"}));
  EXPECT_NE(EventId::Of({"a", "b"}), EventId::Of({"b", "a"}));
}

TEST(EventIdTest, IsTheSameOnEveryThread) {
  EventId other;
  std::thread([&other] { other = EventId::Of({"a", "b"}); }).join();
  EXPECT_EQ(other, EventId::Of({"a", "b"}));
}

TEST(EventIdTest, TellsWhereOnePartEndsAndTheNextBegins) {
  const absl::string_view nul("\0", 1);
  const std::vector<EventId> ids = {
      EventId::Of({"ab", "c"}), EventId::Of({"a", "bc"}),     EventId::Of({"abc"}),     EventId::Of({"abc", ""}),
      EventId::Of({"", "abc"}), EventId::Of({"a", "b", "c"}), EventId::Of({"ab", nul}), EventId::Of({}),
      EventId::Of({""}),        EventId::Of({"", ""}),        EventId::Of({nul}),
  };
  EXPECT_EQ(absl::flat_hash_set<EventId>(ids.begin(), ids.end()).size(), ids.size());
}

TEST(EventIdTest, TakesAPartWithoutBytes) { EXPECT_EQ(EventId::Of({absl::string_view()}), EventId::Of({""})); }

TEST(EventIdTest, TakesALargePart) {
  std::string part(1 << 20, 'x');
  const EventId id = EventId::Of({part});
  part.back() = 'y';
  EXPECT_NE(id, EventId::Of({part}));
}

TEST(EventIdTest, RandomOnesDiffer) {
  absl::flat_hash_set<EventId> ids;
  for (int i = 0; i < 10000; ++i) ids.insert(EventId::Random());
  EXPECT_EQ(ids.size(), 10000u);
}

TEST(EventIdTest, RandomOnesOfTwoThreadsDiffer) {
  EventId other;
  std::thread([&other] { other = EventId::Random(); }).join();
  EXPECT_NE(other, EventId::Random());
}

TEST(EventIdTest, ComesBackFromItsText) {
  for (int i = 0; i < 1000; ++i) {
    const EventId id = EventId::Random();
    const std::string text = id.ToString();
    EXPECT_THAT(text, MatchesRegex("[0-9a-f]+"));
    EXPECT_EQ(text.size(), 32u);
    EXPECT_EQ(EventId::Parse(text), absl::make_optional(id));
  }
}

TEST(EventIdTest, TextComesBackFromItsId) {
  const absl::optional<EventId> id = EventId::Parse(kText);
  ASSERT_TRUE(id.has_value());
  EXPECT_EQ(id->ToString(), kText);
  EXPECT_EQ(EventId().ToString(), "00000000000000000000000000000000");
}

TEST(EventIdTest, RefusesUpperCase) { EXPECT_EQ(EventId::Parse(absl::AsciiStrToUpper(kText)), absl::nullopt); }

TEST(EventIdTest, RefusesWhatIsTooShortOrTooLong) {
  for (size_t size = 0; size < kText.size(); ++size) EXPECT_EQ(EventId::Parse(kText.substr(0, size)), absl::nullopt);
  EXPECT_EQ(EventId::Parse(std::string(kText) + "0"), absl::nullopt);
  EXPECT_EQ(EventId::Parse(std::string(kText) + std::string(kText)), absl::nullopt);
}

TEST(EventIdTest, RefusesWhatIsNotHexAnywhere) {
  for (size_t at = 0; at < kText.size(); ++at) {
    for (const char wrong : {'g', 'A', ' ', '-', '/', ':', '`', '\0', '\xff'}) {
      std::string text(kText);
      text[at] = wrong;
      EXPECT_EQ(EventId::Parse(text), absl::nullopt) << at << ": " << wrong;
    }
  }
}

}  // namespace
}  // namespace ampstream
