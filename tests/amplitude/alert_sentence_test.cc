#include "server/amplitude/alert_sentence.h"

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "gtest/gtest.h"

namespace ampstream {
namespace {

TEST(AlertSentenceTest, ReadsTheKnownForm) {
  const auto sentence = ParseAlertSentence("2026-01-02 14:00:00: 44.4 is lower than the threshold 55.0.");
  ASSERT_TRUE(sentence.has_value());
  EXPECT_EQ(sentence->time, absl::FromUnixSeconds(1767362400));
  EXPECT_EQ(sentence->value, 44.4);
  EXPECT_EQ(sentence->condition, "lower");
  EXPECT_EQ(sentence->threshold, 55.0);
}

TEST(AlertSentenceTest, ReadsGroupedAndNegativeNumbers) {
  const auto sentence = ParseAlertSentence("2026-01-02T14:00:00Z: -1,234,567.5 is higher than the threshold -2e6");
  ASSERT_TRUE(sentence.has_value());
  EXPECT_EQ(sentence->value, -1234567.5);
  EXPECT_EQ(sentence->condition, "higher");
  EXPECT_EQ(sentence->threshold, -2e6);
}

TEST(AlertSentenceTest, TakesNoOtherForm) {
  for (const absl::string_view text : {
           "",
           "Something happened.",
           "44.4 is lower than the threshold 55.0.",
           "today: 44.4 is lower than the threshold 55.0.",
           "2026-13-02 14:00:00: 44.4 is lower than the threshold 55.0.",
           "2026-01-02 14:00:00: 44.4 is near the threshold 55.0.",
           "2026-01-02 14:00:00: 44.4 is equal than the threshold 55.0.",
           "2026-01-02 14:00:00: much is lower than the threshold 55.0.",
           "2026-01-02 14:00:00: 44.4 is lower than the threshold",
           "2026-01-02 14:00:00: 44.4 is lower than the threshold .",
           "2026-01-02 14:00:00: 44.4 is lower than the threshold 55.0. Really.",
           "2026-01-02 14:00:00: 44,4 is lower than the threshold 55.0.",
           "2026-01-02 14:00:00: 1e999 is lower than the threshold 55.0.",
       }) {
    EXPECT_FALSE(ParseAlertSentence(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace ampstream
