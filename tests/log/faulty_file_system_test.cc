#include "tests/log/faulty_file_system.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rocksdb/env.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <set>
#include <string>

#include "tests/testing/temporary_folder.h"

namespace ampstream {
namespace {

using ::testing::ElementsAre;
using Kind = FaultyFileSystem::Kind;

constexpr uint32_t kSeeds = 64;  // So many that everything with a fair chance happens in one of them.

class FaultyFileSystemTest : public ::testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(folder_); }

  std::string Path(const std::string& name) const { return folder_ + "/" + name; }

  std::unique_ptr<rocksdb::WritableFile> Make(const std::string& name) {
    std::unique_ptr<rocksdb::WritableFile> file;
    EXPECT_TRUE(files_.env()->NewWritableFile(Path(name), &file, rocksdb::EnvOptions()).ok());
    return file;
  }

  // Makes a file that holds this, durably or not; its folder is not synced.
  void Write(const std::string& name, const std::string& contents, bool sync) {
    const std::unique_ptr<rocksdb::WritableFile> file = Make(name);
    EXPECT_TRUE(file->Append(contents).ok());
    if (sync) {
      EXPECT_TRUE(file->Sync().ok());
    }
    EXPECT_TRUE(file->Close().ok());
  }

  void SyncFolder() {
    std::unique_ptr<rocksdb::Directory> folder;
    ASSERT_TRUE(files_.env()->NewDirectory(folder_, &folder).ok());
    ASSERT_TRUE(folder->Fsync().ok());
  }

  // What a file holds; "(none)": it is not there.
  std::string Read(const std::string& name) const {
    std::ifstream file(Path(name), std::ios::binary);
    return file ? std::string{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()} : "(none)";
  }

  // What `name` may hold after a cut, when `prepare` has made the files.
  template <typename Prepare>
  std::set<std::string> AfterCuts(const std::string& name, Prepare prepare) {
    std::set<std::string> found;
    for (uint32_t seed = 0; seed < kSeeds; ++seed) {
      std::filesystem::remove_all(folder_);
      std::filesystem::create_directories(folder_);
      prepare();
      files_.RestorePower(seed);
      found.insert(Read(name));
    }
    return found;
  }

  FaultyFileSystem files_;
  const TemporaryFolder temporary_;
  const std::string folder_ = temporary_.path() + "/files";
};

TEST_F(FaultyFileSystemTest, PassesOnWhatItIsNotToldToFail) {
  Write("000001.log", "abc", true);
  EXPECT_EQ(Read("000001.log"), "abc");
  EXPECT_EQ(files_.failures(), 0);
  EXPECT_EQ(files_.changes(), 3);  // Made, written, synced.
}

TEST_F(FaultyFileSystemTest, FailsOneSyncOfAKindAfterSoManyGoodOnes) {
  const auto wal = Make("000001.log");
  const auto table = Make("000002.sst");
  files_.FailSync(Kind::kWal, 1);
  EXPECT_TRUE(wal->Sync().ok());
  EXPECT_TRUE(table->Sync().ok());
  EXPECT_TRUE(wal->Sync().IsIOError());
  EXPECT_TRUE(wal->Sync().ok());
  EXPECT_EQ(files_.failures(), 1);
}

TEST_F(FaultyFileSystemTest, FailsAnAppendAsAWholeOrInItsMiddle) {
  const auto manifest = Make("MANIFEST-000001");
  files_.FailAppend(Kind::kManifest);
  EXPECT_TRUE(manifest->Append("abcd").IsIOError());
  EXPECT_EQ(Read("MANIFEST-000001"), "");
  files_.FailAppendPartly(Kind::kManifest);
  EXPECT_TRUE(manifest->Append("abcd").IsIOError());
  EXPECT_EQ(Read("MANIFEST-000001"), "ab");
  EXPECT_TRUE(manifest->Append("efgh").ok());
  EXPECT_EQ(Read("MANIFEST-000001"), "abefgh");
}

TEST_F(FaultyFileSystemTest, HasNoSpaceUntilToldOtherwise) {
  const auto table = Make("000001.sst");
  files_.SetNoSpace(Kind::kTable, true);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(table->Append("x").IsNoSpace());
  EXPECT_TRUE(Make("000002.log")->Append("x").ok());
  files_.SetNoSpace(Kind::kTable, false);
  EXPECT_TRUE(table->Append("x").ok());
  EXPECT_EQ(Read("000001.sst"), "x");
}

TEST_F(FaultyFileSystemTest, KeepsWhatWasSyncedAndSomeOfTheRest) {
  const std::set<std::string> found = AfterCuts("000001.log", [this] {
    const auto file = Make("000001.log");
    ASSERT_TRUE(file->Append("ab").ok());
    ASSERT_TRUE(file->Sync().ok());
    SyncFolder();
    ASSERT_TRUE(file->Append("cd").ok());
  });
  EXPECT_THAT(found, ElementsAre("ab", "abc", "abcd"));
}

TEST_F(FaultyFileSystemTest, KeepsNothingOfAFailedSync) {
  const std::set<std::string> found = AfterCuts("000001.log", [this] {
    const auto file = Make("000001.log");
    SyncFolder();
    files_.FailSync(Kind::kWal);
    ASSERT_TRUE(file->Append("a").ok());
    ASSERT_FALSE(file->Sync().ok());
  });
  EXPECT_THAT(found, ElementsAre("", "a"));
}

TEST_F(FaultyFileSystemTest, MayLoseAFileWhoseFolderWasNotSynced) {
  EXPECT_THAT(AfterCuts("000001.log", [this] { Write("000001.log", "a", true); }), ElementsAre("(none)", "a"));
  EXPECT_THAT(AfterCuts("000001.log",
                        [this] {
                          Write("000001.log", "a", true);
                          SyncFolder();
                        }),
              ElementsAre("a"));
}

TEST_F(FaultyFileSystemTest, MayUndoARenameAndARemoval) {
  const auto replace = [this] {
    Write("CURRENT", "old", true);
    SyncFolder();
    Write("CURRENT.new", "new", true);
    ASSERT_TRUE(files_.env()->RenameFile(Path("CURRENT.new"), Path("CURRENT")).ok());
  };
  EXPECT_THAT(AfterCuts("CURRENT", replace), ElementsAre("new", "old"));
  EXPECT_THAT(AfterCuts("CURRENT.new", replace), ElementsAre("(none)", "new"));
  EXPECT_THAT(AfterCuts("000001.sst",
                        [this] {
                          Write("000001.sst", "a", true);
                          SyncFolder();
                          ASSERT_TRUE(files_.env()->DeleteFile(Path("000001.sst")).ok());
                        }),
              ElementsAre("(none)", "a"));
}

TEST_F(FaultyFileSystemTest, CutsAFileOfTwoNamesAsOneAndMayLoseTheSecond) {
  const auto link = [this](bool sync) {
    Write("unfinished", "ab", sync);
    SyncFolder();
    ASSERT_TRUE(files_.env()->LinkFile(Path("unfinished"), Path("000001.sst")).ok());
  };
  EXPECT_THAT(AfterCuts("000001.sst", [&] { link(true); }), ElementsAre("(none)", "ab"));
  EXPECT_THAT(AfterCuts("000001.sst",
                        [&] {
                          link(false);
                          SyncFolder();
                        }),
              ElementsAre("", "a", "ab"));
  EXPECT_THAT(AfterCuts("000001.sst",
                        [&] {
                          link(false);
                          ASSERT_TRUE(files_.env()->DeleteFile(Path("unfinished")).ok());
                          SyncFolder();
                        }),
              ElementsAre("", "a", "ab"));
}

TEST_F(FaultyFileSystemTest, MayLoseAFolderWhoseOwnFolderWasNotSynced) {
  const std::set<std::string> found = AfterCuts("inner/000001.log", [this] {
    ASSERT_TRUE(files_.env()->CreateDirIfMissing(Path("inner")).ok());
    Write("inner/000001.log", "a", true);
    std::unique_ptr<rocksdb::Directory> inner;
    ASSERT_TRUE(files_.env()->NewDirectory(Path("inner"), &inner).ok());
    ASSERT_TRUE(inner->Fsync().ok());
  });
  EXPECT_THAT(found, ElementsAre("(none)", "a"));
}

TEST_F(FaultyFileSystemTest, TakesNoChangeAfterThePowerIsLost) {
  Write("000001.log", "a", true);
  SyncFolder();
  const auto file = Make("000002.log");
  SyncFolder();
  files_.LosePowerAfter(2);
  EXPECT_TRUE(file->Append("a").ok());
  EXPECT_TRUE(file->Sync().ok());
  EXPECT_FALSE(files_.power_lost());
  EXPECT_TRUE(file->Append("b").IsIOError());
  EXPECT_TRUE(files_.power_lost());
  EXPECT_TRUE(file->Sync().IsIOError());
  EXPECT_TRUE(files_.env()->DeleteFile(Path("000001.log")).IsIOError());
  EXPECT_TRUE(files_.env()->RenameFile(Path("000001.log"), Path("x")).IsIOError());
  std::unique_ptr<rocksdb::WritableFile> other;
  EXPECT_TRUE(files_.env()->NewWritableFile(Path("000003.log"), &other, rocksdb::EnvOptions()).IsIOError());
  files_.RestorePower(1);
  EXPECT_EQ(Read("000001.log"), "a");
  EXPECT_EQ(Read("000002.log"), "a");
  EXPECT_EQ(Read("000003.log"), "(none)");
  Write("000003.log", "c", true);
  EXPECT_EQ(Read("000003.log"), "c");
}

}  // namespace
}  // namespace ampstream
