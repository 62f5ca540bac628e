#include "client/cli/tail.h"

#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/cli/captured_output.h"
#include "tests/client/fake_event_service.h"

namespace ampstream {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;

class TailTest : public ::testing::Test {
 protected:
  TailTest() {
    std::signal(SIGPIPE, SIG_IGN);
    options_.grpc_address = service_.address();
  }

  absl::Status Run() {
    LineWriter out(output_.fd());
    return ampstream::Run(options_, out, notices_);
  }

  std::string NewCursorFile(const std::string& text) {
    options_.cursor_file =
        ::testing::TempDir() + "/" + ::testing::UnitTest::GetInstance()->current_test_info()->name() + ".cursor";
    std::ofstream(options_.cursor_file) << text;
    return options_.cursor_file;
  }

  static std::string Line(const std::string& path) {
    std::string line;
    std::ifstream file(path);
    std::getline(file, line);
    return line;
  }

  FakeEventService service_;
  CapturedOutput output_;
  TailOptions options_;
  const Notices notices_{LogLevel::kError};
};

TEST_F(TailTest, PrintsALineAnEvent) {
  service_.responses = {ResponseWithEvent("e-1", "a1"), ResponseWithEvent("e-2", "a2")};
  EXPECT_TRUE(Run().ok());
  EXPECT_THAT(output_.Text(), MatchesRegex("2026-.*Button Clicked.*id=e-1\n2026-.*id=e-2\n"));
}

TEST_F(TailTest, PrintsJsonWithTheProtosOwnNames) {
  service_.responses = {ResponseWithEvent("e-1", "a1")};
  options_.output = OutputFormat::kJson;
  EXPECT_TRUE(Run().ok());
  EXPECT_EQ(output_.Text(),
            R"({"id":"e-1","cursor":"a1","type":"EVENT_TYPE_EVENTS_TRACK","source":"default",)"
            R"("occur_time":"2026-01-02T03:04:05Z","events_track":{"event_type":"Button Clicked","user_id":"u-1"}})"
            "\n");
}

TEST_F(TailTest, SignalsAreNotData) {
  v1::SubscribeResponse signal;
  signal.set_cursor("a0");
  signal.mutable_subscribed();
  service_.responses = {signal};
  EXPECT_TRUE(Run().ok());
  EXPECT_EQ(output_.Text(), "");
}

TEST_F(TailTest, StoresTheCursorOfEveryResponse) {
  v1::SubscribeResponse heartbeat;
  heartbeat.set_cursor("aBeat");
  heartbeat.mutable_heartbeat();
  service_.responses = {ResponseWithEvent("e-1", "a1"), heartbeat};
  const std::string path = NewCursorFile("");
  EXPECT_TRUE(Run().ok());
  EXPECT_EQ(Line(path), "aBeat");
}

TEST_F(TailTest, CursorFileWinsOverTheStartThatWasGiven) {
  options_.request.mutable_earliest();
  NewCursorFile("aStored\n");
  EXPECT_TRUE(Run().ok());
  EXPECT_EQ(service_.subscribe_request.cursor(), "aStored");
}

TEST_F(TailTest, EmptyCursorFileLeavesTheStartThatWasGiven) {
  options_.request.mutable_earliest();
  NewCursorFile("");
  EXPECT_TRUE(Run().ok());
  EXPECT_TRUE(service_.subscribe_request.has_earliest());
}

TEST_F(TailTest, CursorFileThatHoldsSomethingElseIsAnErrorAndLeftAlone) {
  const std::string path = NewCursorFile("my notes");
  EXPECT_EQ(Run().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Line(path), "my notes");
}

TEST_F(TailTest, CursorFileThatCannotBeWrittenEndsIt) {
  service_.responses = {ResponseWithEvent("e-1", "a1")};
  service_.keep_open = true;
  options_.cursor_file = ::testing::TempDir() + "/no-such-folder/cursor";
  EXPECT_THAT(std::string(Run().message()), HasSubstr("no-such-folder"));
}

TEST_F(TailTest, ErrorHoldsTheServersReasonAndWhatToDo) {
  service_.end = ErrorWithInfo(grpc::StatusCode::OUT_OF_RANGE, "gone", "CURSOR_EXPIRED", {{"oldest_cursor", "aOld"}});
  EXPECT_EQ(std::string(Run().message()),
            "OUT_OF_RANGE CURSOR_EXPIRED: gone (oldest_cursor=aOld); start with --from aOld, and take note that "
            "events are missing");
}

TEST_F(TailTest, ExpiredCursorFileIsToBeRemovedFirst) {
  service_.end = ErrorWithInfo(grpc::StatusCode::OUT_OF_RANGE, "gone", "CURSOR_EXPIRED", {{"oldest_cursor", "aOld"}});
  const std::string path = NewCursorFile("aStored");
  EXPECT_THAT(std::string(Run().message()), HasSubstr("first remove " + path));
}

TEST_F(TailTest, LostServerIsAnErrorThatSaysHowToResume) {
  service_.responses = {ResponseWithEvent("e-1", "a1")};
  service_.end = ErrorWithInfo(grpc::StatusCode::UNAVAILABLE, "drains", "DRAINING", {});
  EXPECT_THAT(std::string(Run().message()), HasSubstr("--from a1 resumes where it ended"));
}

TEST_F(TailTest, AFullDiskIsAnError) {
  service_.responses = {ResponseWithEvent("e-1", "a1")};
  service_.keep_open = true;
  const int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
  LineWriter out(full);
  EXPECT_THAT(std::string(ampstream::Run(options_, out, notices_).message()), HasSubstr("cannot write to stdout"));
  ::close(full);
}

TEST_F(TailTest, EndsQuietlyWhereTheReaderGoesAlthoughNoEventComes) {
  service_.keep_open = true;
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  ::close(ends[0]);
  LineWriter out(ends[1]);
  EXPECT_TRUE(ampstream::Run(options_, out, notices_).ok());
  ::close(ends[1]);
}

}  // namespace
}  // namespace ampstream
