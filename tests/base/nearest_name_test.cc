#include "server/base/nearest_name.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace ampstream {
namespace {

const std::vector<std::string>& Flags() {
  static const auto* const flags =
      new std::vector<std::string>{"--http-address", "--grpc-address", "--admin-address", "--log", "--data-dir"};
  return *flags;
}

TEST(NearestNameTest, FindsTheNameThatIsMeant) {
  EXPECT_EQ(NearestName("--grcp-address", Flags()), "--grpc-address");
  EXPECT_EQ(NearestName("--http-adress", Flags()), "--http-address");
  EXPECT_EQ(NearestName("--data_dir", Flags()), "--data-dir");
  EXPECT_EQ(NearestName("--logs", Flags()), "--log");
}

TEST(NearestNameTest, PrefersTheExactName) { EXPECT_EQ(NearestName("log", {"logs", "log", "dog"}), "log"); }

TEST(NearestNameTest, TakesTheFirstOfEquallyNearNames) { EXPECT_EQ(NearestName("cat", {"bat", "rat"}), "bat"); }

TEST(NearestNameTest, FindsNothingBeyondAThirdOfTheLength) {
  EXPECT_EQ(NearestName("abcxyz", {"abcdef"}), "");        // 3 edits of 6
  EXPECT_EQ(NearestName("abcdxy", {"abcdef"}), "abcdef");  // 2 edits of 6
  EXPECT_EQ(NearestName("--verbose", Flags()), "");
}

TEST(NearestNameTest, FindsNothingForNothing) {
  EXPECT_EQ(NearestName("", Flags()), "");
  EXPECT_EQ(NearestName("--log", {}), "");
}

TEST(NearestNameTest, CountsInsertionsDeletionsAndReplacementsAlike) {
  EXPECT_EQ(NearestName("events.trak", {"events.track"}), "events.track");
  EXPECT_EQ(NearestName("events.traack", {"events.track"}), "events.track");
  EXPECT_EQ(NearestName("events.trick", {"events.track"}), "events.track");
}

TEST(NearestNameTest, CountsTwoExchangedLettersOnce) {
  EXPECT_EQ(NearestName("tial", {"tail", "info"}), "tail");
  EXPECT_EQ(NearestName("tpye", {"type"}), "type");
}

TEST(NearestNameTest, IgnoresWhatIsTooLongToBeASlip) {
  const std::string name(64, 'a');
  EXPECT_EQ(NearestName(name, {name}), name);
  EXPECT_EQ(NearestName(name + "a", {name}), "");
  EXPECT_EQ(NearestName(std::string(10'000'000, '-'), Flags()), "");
}

TEST(DidYouMeanTest, IsATextToAppendToAnError) {
  EXPECT_EQ(DidYouMean("--lok", Flags()), "; did you mean --log?");
  EXPECT_EQ(DidYouMean("--verbose", Flags()), "");
}

}  // namespace
}  // namespace ampstream
