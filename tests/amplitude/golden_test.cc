// Each tests/testdata/NAME.json is a body; NAME.textproto has, as a SubscribeResponse, the events that it becomes. Of
// an event whose id is random the expected one has none.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "ampstream/v1/event.pb.h"
#include "ampstream/v1/event_service.pb.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"
#include "server/amplitude/translator.h"

namespace ampstream {
namespace {

using ::testing::MatchesRegex;
using ::testing::SizeIs;

constexpr char kFolder[] = "tests/testdata";

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file.is_open()) << path;
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

std::vector<std::string> Names() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    if (entry.path().extension() == ".json") names.push_back(entry.path().stem());
  }
  std::sort(names.begin(), names.end());
  return names;
}

v1::SubscribeResponse Translated(std::string body) {
  const DeliveryInfo delivery{"default", absl::FromUnixSeconds(1767326400) + absl::Nanoseconds(5),
                              "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"};
  Translator translator{TranslateLimits()};
  const absl::StatusOr<std::vector<NewEvent>> events = translator.Translate(body, delivery);
  v1::SubscribeResponse response;
  EXPECT_TRUE(events.ok()) << events.status();
  if (!events.ok()) return response;
  for (const NewEvent& event : *events) {
    v1::Event* const parsed = response.add_events();
    EXPECT_TRUE(parsed->ParseFromString(event.encoded));
    EXPECT_EQ(parsed->id(), event.id.ToString());
    EXPECT_EQ(event.receive_time, delivery.receive_time);
  }
  return response;
}

class GoldenTest : public testing::TestWithParam<std::string> {};

TEST_P(GoldenTest, BecomesTheExpectedEvents) {
  v1::SubscribeResponse actual = Translated(ReadFile(std::filesystem::path(kFolder) / (GetParam() + ".json")));
  v1::SubscribeResponse expected;
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(
      ReadFile(std::filesystem::path(kFolder) / (GetParam() + ".textproto")), &expected))
      << actual.Utf8DebugString();
  ASSERT_THAT(expected.events(), SizeIs(actual.events_size())) << actual.Utf8DebugString();
  for (int i = 0; i < expected.events_size(); ++i) {
    EXPECT_THAT(actual.events(i).id(), MatchesRegex("[0-9a-f]{32}"));
    if (expected.events(i).id().empty()) actual.mutable_events(i)->clear_id();
  }
  std::string differences;
  google::protobuf::util::MessageDifferencer differencer;
  differencer.ReportDifferencesToString(&differences);
  EXPECT_TRUE(differencer.Compare(expected, actual)) << differences << "\nActual:\n" << actual.Utf8DebugString();
}

INSTANTIATE_TEST_SUITE_P(Testdata, GoldenTest, testing::ValuesIn(Names()), [](const auto& info) { return info.param; });

TEST(GoldenNamesTest, HasEachTypeInBothSpellings) {
  const std::vector<std::string> names = Names();
  for (absl::string_view type :
       {"events_track", "events_identify", "annotations_created", "annotations_updated", "monitors_alert",
        "cohorts_computed", "cohorts_membership", "experiments_exposure", "experiments_flag_changed", "unrecognized"}) {
    EXPECT_THAT(names, testing::Contains(std::string(type)));
    EXPECT_THAT(names, testing::Contains(std::string(type) + "_flat"));
  }
}

}  // namespace
}  // namespace ampstream
