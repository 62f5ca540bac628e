#include "client/cli/line_writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <csignal>

#include "gtest/gtest.h"
#include "tests/client/cli/captured_output.h"

namespace ampstream {
namespace {

TEST(LineWriterTest, WritesAtOnce) {
  const CapturedOutput output;
  LineWriter out(output.fd());
  EXPECT_TRUE(out.Write("one\n"));
  EXPECT_EQ(output.Text(), "one\n");
  EXPECT_TRUE(out.Write("two\nthree\n"));
  EXPECT_EQ(output.Text(), "one\ntwo\nthree\n");
}

TEST(LineWriterTest, AReaderThatHasGoneIsNoError) {
  std::signal(SIGPIPE, SIG_IGN);
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  ::close(ends[0]);
  LineWriter out(ends[1]);
  EXPECT_FALSE(out.Write("one\n"));
  EXPECT_TRUE(out.status().ok());
  ::close(ends[1]);
}

TEST(LineWriterTest, AFullDiskIsAnError) {
  const int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
  ASSERT_GE(full, 0);
  LineWriter out(full);
  EXPECT_FALSE(out.Write("one\n"));
  EXPECT_EQ(out.status().code(), absl::StatusCode::kResourceExhausted);
  ::close(full);
}

}  // namespace
}  // namespace ampstream
