#include "client/cli/cursor_file.h"

#include <sys/stat.h>

#include <fstream>
#include <sstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ampstream {
namespace {

using ::testing::HasSubstr;
using ::testing::TempDir;

std::string Path(const std::string& name) { return TempDir() + "/" + name; }

void Write(const std::string& path, const std::string& text) { std::ofstream(path) << text; }

std::string Contents(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

TEST(CursorFileTest, NoFileAndAnEmptyOneHoldNoCursor) {
  EXPECT_EQ(CursorFile(Path("none")).Read().value_or("failed"), "");
  Write(Path("empty"), "\n");
  EXPECT_EQ(CursorFile(Path("empty")).Read().value_or("failed"), "");
}

TEST(CursorFileTest, ReadsWhatItHasWritten) {
  const CursorFile file(Path("written"));
  ASSERT_TRUE(file.Replace("aFirst").ok());
  ASSERT_TRUE(file.Replace("aSecond").ok());
  EXPECT_EQ(file.Read().value_or("failed"), "aSecond");
  EXPECT_EQ(Contents(file.path()), "aSecond\n");
}

TEST(CursorFileTest, RefusesAFileThatHoldsSomethingElse) {
  for (const std::string& text : {std::string("two words"), std::string(40, 'a'), std::string("{}")}) {
    Write(Path("other"), text);
    const auto cursor = CursorFile(Path("other")).Read();
    EXPECT_EQ(cursor.status().code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_THAT(std::string(cursor.status().message()), HasSubstr(Path("other")));
  }
}

// A reader that has the old file open goes on seeing the old cursor, never half of the new one.
TEST(CursorFileTest, PutsANewFileInPlaceOfTheOldOne) {
  const CursorFile file(Path("replaced"));
  ASSERT_TRUE(file.Replace("aOld").ok());
  std::ifstream old(file.path());
  ASSERT_TRUE(file.Replace("aNew").ok());
  std::string line;
  std::getline(old, line);
  EXPECT_EQ(line, "aOld");
  struct stat none;
  EXPECT_NE(::stat((file.path() + ".tmp").c_str(), &none), 0);
}

TEST(CursorFileTest, SaysWhereItCannotWrite) {
  const absl::Status status = CursorFile(Path("no-such-folder/cursor")).Replace("a");
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(status.message()), HasSubstr("no-such-folder/cursor"));
}

}  // namespace
}  // namespace ampstream
