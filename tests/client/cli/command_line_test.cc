#include "client/cli/command_line.h"

#include <cstdlib>
#include <vector>

#include "client/cli/flags.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ampstream {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

const absl::Time kNow = absl::FromUnixSeconds(1767323045);

class CommandLineTest : public ::testing::Test {
 protected:
  CommandLineTest() {
    ::unsetenv("AMPSTREAM_GRPC_ADDRESS");
    ::unsetenv("AMPSTREAM_URL");
  }

  static absl::StatusOr<Flags> Typed(std::vector<const char*> arguments) {
    arguments.insert(arguments.begin(), "ampstream");
    return ParseFlags(static_cast<int>(arguments.size()), arguments.data());
  }

  static absl::StatusOr<CommandLine> Checked(const std::vector<const char*>& arguments,
                                             const std::string& secret = "s") {
    const absl::StatusOr<Flags> flags = Typed(arguments);
    if (!flags.ok()) return flags.status();
    return CheckFlags(*flags, secret, kNow);
  }

  template <typename Options>
  static Options Command(const std::vector<const char*>& arguments) {
    const absl::StatusOr<CommandLine> line = Checked(arguments);
    EXPECT_TRUE(line.ok()) << line.status();
    return line.ok() ? std::get<Options>(line->command) : Options();
  }

  static std::string Error(const std::vector<const char*>& arguments, const std::string& secret = "s") {
    const absl::StatusOr<CommandLine> line = Checked(arguments, secret);
    EXPECT_EQ(line.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(line.status().message().find('\n'), absl::string_view::npos) << line.status();
    return std::string(line.status().message());
  }
};

TEST_F(CommandLineTest, TailWithoutFlagsIsAllEventsFromNowOn) {
  const auto options = Command<TailOptions>({"tail"});
  EXPECT_EQ(options.grpc_address, "127.0.0.1:50051");
  EXPECT_EQ(options.request.start_case(), v1::SubscribeRequest::START_NOT_SET);
  EXPECT_EQ(options.request.filter().ByteSizeLong(), 0);
  EXPECT_FALSE(options.start_given);
  EXPECT_EQ(options.output, OutputFormat::kText);
}

TEST_F(CommandLineTest, TailTakesAllItsFlags) {
  const auto options = Command<TailOptions>(
      {"tail", "--type", "events.track", "--type=monitors.alert", "--source", "web", "--user-id", "u-1", "--where",
       "a = 1", "--from", "-10m", "--until-caught-up", "--count", "7", "--output", "json", "--cursor-file", "f"});
  const v1::SubscribeRequest& request = options.request;
  EXPECT_THAT(request.filter().types(), ElementsAre(v1::EVENT_TYPE_EVENTS_TRACK, v1::EVENT_TYPE_MONITORS_ALERT));
  EXPECT_THAT(request.filter().sources(), ElementsAre("web"));
  EXPECT_THAT(request.filter().user_ids(), ElementsAre("u-1"));
  EXPECT_EQ(request.filter().expression(), "a = 1");
  EXPECT_EQ(request.time().seconds(), absl::ToUnixSeconds(kNow) - 600);
  EXPECT_TRUE(request.until_caught_up());
  EXPECT_EQ(request.max_events(), 7);
  EXPECT_EQ(options.output, OutputFormat::kJson);
  EXPECT_EQ(options.cursor_file, "f");
  EXPECT_TRUE(options.start_given);
}

TEST_F(CommandLineTest, FlagsOfAllCommandsStandBeforeOrAfterTheCommand) {
  EXPECT_EQ(Command<InfoOptions>({"--grpc-address", "h:1", "info"}).grpc_address, "h:1");
  EXPECT_EQ(Command<InfoOptions>({"info", "--grpc-address=h:1"}).grpc_address, "h:1");
  EXPECT_EQ(Checked({"info", "--log-level", "debug"})->log_level, LogLevel::kDebug);
}

TEST_F(CommandLineTest, FlagWinsOverEnvironmentAndEnvironmentOverDefault) {
  ::setenv("AMPSTREAM_GRPC_ADDRESS", "env:1", 1);
  ::setenv("AMPSTREAM_URL", "http://env/x", 1);
  EXPECT_EQ(Command<InfoOptions>({"info"}).grpc_address, "env:1");
  EXPECT_EQ(Command<InfoOptions>({"info", "--grpc-address", "flag:1"}).grpc_address, "flag:1");
  EXPECT_EQ(Command<SendOptions>({"send"}).url, "http://env/x");
  ::setenv("AMPSTREAM_GRPC_ADDRESS", "", 1);
  EXPECT_EQ(Command<InfoOptions>({"info"}).grpc_address, "127.0.0.1:50051");
}

TEST_F(CommandLineTest, SendTakesTypeOrStdinOrNothing) {
  EXPECT_EQ(Command<SendOptions>({"send"}).target, "");
  EXPECT_EQ(Command<SendOptions>({"send", "-"}).target, "-");
  EXPECT_EQ(Command<SendOptions>({"send", "event.track"}).target, "event.track");
}

TEST_F(CommandLineTest, GetAndListTakeTheirs) {
  EXPECT_EQ(Command<GetOptions>({"get", "abc"}).id, "abc");
  const auto list = Command<ListOptions>({"list", "--type", "unrecognized", "--limit", "5"});
  EXPECT_EQ(list.limit, 5);
  EXPECT_THAT(list.filter.types(), ElementsAre(v1::EVENT_TYPE_UNRECOGNIZED));
}

TEST_F(CommandLineTest, HelpAndVersionAreAnswers) {
  EXPECT_THAT(Typed({"--help"})->answer, HasSubstr("tail"));
  EXPECT_THAT(Typed({"tail", "--help"})->answer, HasSubstr("--cursor-file"));
  EXPECT_THAT(Typed({"--version"})->answer, StartsWith("ampstream "));
}

TEST_F(CommandLineTest, UnknownFlagIsNamedWithTheNearestOne) {
  EXPECT_EQ(Error({"tail", "--tpye", "x"}), "unknown flag --tpye; did you mean --type?");
  EXPECT_EQ(Error({"tail", "--wher=x"}), "unknown flag --wher; did you mean --where?");
  EXPECT_EQ(Error({"info", "--grpc-adress", "h:1"}), "unknown flag --grpc-adress; did you mean --grpc-address?");
  EXPECT_EQ(Error({"tail", "-z"}), "unknown flag -z");
}

TEST_F(CommandLineTest, UnknownCommandIsNamedWithTheNearestOne) {
  EXPECT_THAT(Error({"tails"}), StartsWith("unknown command tails; did you mean tail?"));
  EXPECT_THAT(Error({"frobnicate"}), EndsWith("it is one of tail, send, get, list, info"));
  EXPECT_THAT(Error({}), StartsWith("no command"));
  EXPECT_THAT(Error({"get", "info"}), StartsWith("two commands"));
}

TEST_F(CommandLineTest, UnknownValueIsNamedWithItsFlagAndTheNearestOne) {
  EXPECT_THAT(Error({"tail", "--type", "events.trak"}), EndsWith("did you mean events.track?"));
  EXPECT_EQ(Error({"tail", "--output", "jsn"}), "--output: \"jsn\" is none of text, json; did you mean json?");
  EXPECT_THAT(Error({"tail", "--log-level", "inf"}), EndsWith("did you mean info?"));
  EXPECT_EQ(Error({"tail", "--from", "latst"}), "--from: \"latst\" is not known; did you mean latest?");
  EXPECT_THAT(Error({"send", "events.trak"}), EndsWith("did you mean events.track?"));
}

TEST_F(CommandLineTest, ValueThatIsNoneIsNamedWithItsFlag) {
  EXPECT_EQ(Error({"tail", "--count", "abc"}), "--count: \"abc\" is no number from 0 on");
  EXPECT_EQ(Error({"tail", "--count", "-3"}), "--count: \"-3\" is no number from 0 on");
  EXPECT_EQ(Error({"list", "--limit", "1e3"}), "--limit: \"1e3\" is no number from 0 on");
  EXPECT_EQ(Error({"tail", "--count"}), "--count takes one value, once");
  EXPECT_EQ(Error({"tail", "--from", "latest", "--from", "earliest"}), "--from takes one value, once");
}

TEST_F(CommandLineTest, RefusesArgumentsThatNothingTakes) {
  EXPECT_EQ(Error({"tail", "x"}), "tail takes no \"x\"");
  EXPECT_EQ(Error({"get", "a", "b"}), "get takes no \"b\"");
  EXPECT_EQ(Error({"get"}), "get: give the id of an event");
}

TEST_F(CommandLineTest, SendNeedsASecret) { EXPECT_THAT(Error({"send"}, ""), HasSubstr("AMPSTREAM_WEBHOOK_SECRET")); }

TEST_F(CommandLineTest, SendNeedsAUrlOfHttp) {
  for (const char* url : {"127.0.0.1:8080", "ftp://h/x", "http://", "http:///x", "http://h/a b"})
    EXPECT_THAT(Error({"send", "--url", url}), StartsWith("--url: ")) << url;
}

TEST_F(CommandLineTest, ErrorsAreSafeForATerminal) {
  EXPECT_EQ(Error({"tail", "--a\x1b[2J\n"}), "unknown flag --a\\x1b[2J\\n");
}

}  // namespace
}  // namespace ampstream
