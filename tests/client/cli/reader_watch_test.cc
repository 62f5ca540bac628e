#include "client/cli/reader_watch.h"

#include <unistd.h>

#include "absl/synchronization/notification.h"
#include "gtest/gtest.h"
#include "tests/client/cli/captured_output.h"

namespace ampstream {
namespace {

TEST(ReaderWatchTest, SeesThatThePipesReaderHasGone) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  absl::Notification gone;
  const ReaderWatch watch(ends[1], [&] { gone.Notify(); });
  EXPECT_FALSE(gone.HasBeenNotified());
  ::close(ends[0]);
  gone.WaitForNotification();
  EXPECT_TRUE(watch.gone());
  ::close(ends[1]);
}

TEST(ReaderWatchTest, EndsWithoutACallWhereTheReaderStays) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  bool called = false;
  {
    const ReaderWatch watch(ends[1], [&] { called = true; });
  }
  EXPECT_FALSE(called);
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST(ReaderWatchTest, HasNothingToSeeOfAFile) {
  const CapturedOutput output;
  bool called = false;
  {
    const ReaderWatch watch(output.fd(), [&] { called = true; });
    EXPECT_FALSE(watch.gone());
  }
  EXPECT_FALSE(called);
}

}  // namespace
}  // namespace ampstream
