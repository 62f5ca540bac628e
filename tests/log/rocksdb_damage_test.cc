// What the log on disk does with a folder that is damaged, that another uses, or that is not one of its own.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rocksdb/db.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/base/clock.h"
#include "server/log/event_log.h"
#include "server/log/rocksdb_log.h"
#include "tests/log/ledger.h"
#include "tests/testing/temporary_folder.h"

namespace ampstream {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

std::string ReadFile(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream content;
  content << file.rdbuf();
  return content.str();
}

void WriteFile(const fs::path& path, const std::string& content) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
}

class RocksdbDamageTest : public ::testing::Test {
 protected:
  RocksdbDamageTest() { options_.store.data_dir = folder_.path() + "/log"; }

  absl::StatusOr<std::unique_ptr<EventLog>> Open() const { return OpenRocksdbLog(options_, Clock::Real()); }

  // Deliveries of one event each, in a log that is closed again.
  void Fill(int deliveries, size_t padding = 0) {
    const auto log = Open();
    ASSERT_TRUE(log.ok()) << log.status();
    for (int i = 0; i < deliveries; ++i) {
      const absl::Status status = ledger_.Append(**log, {absl::StrCat("e", i)}, padding);
      ASSERT_TRUE(status.ok()) << status;
    }
  }

  void ExpectWhole() const {
    const auto log = Open();
    ASSERT_TRUE(log.ok()) << log.status();
    EXPECT_EQ(ledger_.FaultIn(**log), "");
  }

  // The largest file whose name ends so.
  fs::path Largest(const std::string& suffix) const {
    fs::path largest;
    for (const fs::directory_entry& file : fs::directory_iterator(options_.store.data_dir)) {
      const bool is_one = absl::EndsWith(file.path().string(), suffix);
      if (is_one && (largest.empty() || file.file_size() > fs::file_size(largest))) largest = file.path();
    }
    EXPECT_FALSE(largest.empty()) << suffix;
    return largest;
  }

  // What opening says, which must be an error.
  absl::Status Refusal() const {
    const auto log = Open();
    EXPECT_FALSE(log.ok());
    return log.status();
  }

  const TemporaryFolder folder_;
  RocksdbLogOptions options_;
  Ledger ledger_;
};

TEST_F(RocksdbDamageTest, TakesATailOfZerosForNothing) {
  ASSERT_NO_FATAL_FAILURE(Fill(50));
  const fs::path wal = Largest(".log");
  const std::string whole = ReadFile(wal);
  const fs::path copy = folder_.path() + "/copy";
  fs::copy(options_.store.data_dir, copy, fs::copy_options::recursive);
  for (size_t zeros : {1u, 7u, 8u, 100u, 5000u, 70000u}) {  // A file system may have grown the file, and no more.
    SCOPED_TRACE(zeros);
    fs::remove_all(options_.store.data_dir);
    fs::copy(copy, options_.store.data_dir, fs::copy_options::recursive);
    WriteFile(wal, whole + std::string(zeros, '\0'));
    ExpectWhole();
  }
}

TEST_F(RocksdbDamageTest, DropsTheLastWriteAloneIfItIsCut) {
  ASSERT_NO_FATAL_FAILURE(Fill(50));
  const fs::path wal = Largest(".log");
  const std::string whole = ReadFile(wal);
  const fs::path copy = folder_.path() + "/copy";
  fs::copy(options_.store.data_dir, copy, fs::copy_options::recursive);
  for (size_t cut : {1u, 2u, 50u, 150u}) {
    SCOPED_TRACE(cut);
    fs::remove_all(options_.store.data_dir);
    fs::copy(copy, options_.store.data_dir, fs::copy_options::recursive);
    WriteFile(wal, whole.substr(0, whole.size() - cut));
    const auto log = Open();
    ASSERT_TRUE(log.ok()) << log.status();
    const absl::StatusOr<std::vector<ReadEvent>> events = ReadEvents(**log, Position());
    ASSERT_TRUE(events.ok()) << events.status();
    EXPECT_EQ(events->size(), 49u);
    EXPECT_EQ(events->back().name, "e48");
  }
}

TEST_F(RocksdbDamageTest, RefusesAByteThatChangedInTheMiddleOfTheWriteAheadLogAndChangesNothing) {
  ASSERT_NO_FATAL_FAILURE(Fill(300));
  const fs::path wal = Largest(".log");
  const std::string whole = ReadFile(wal);
  constexpr unsigned kSeed = 5;
  std::mt19937 random(kSeed);
  for (int turn = 0; turn < 20; ++turn) {
    // Far enough from the end that it cannot be taken for a write that was cut.
    const size_t at = std::uniform_int_distribution<size_t>(0, whole.size() / 2)(random);
    SCOPED_TRACE(absl::StrCat("seed ", kSeed, ", byte ", at));
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    WriteFile(wal, damaged);
    for (int attempt = 0; attempt < 2; ++attempt) {
      const absl::Status status = Refusal();
      EXPECT_TRUE(absl::IsDataLoss(status)) << status;
      EXPECT_THAT(std::string(status.message()), HasSubstr(wal.filename().string()));
    }
    WriteFile(wal, whole);
  }
  ExpectWhole();
}

TEST_F(RocksdbDamageTest, RefusesAWriteAheadLogWhoseRecordsHaveAnotherType) {
  ASSERT_NO_FATAL_FAILURE(Fill(100));
  const fs::path wal = Largest(".log");
  const std::string whole = ReadFile(wal);
  for (int bit = 0; bit < 8; ++bit) {
    SCOPED_TRACE(bit);
    std::string damaged = whole;
    damaged[6] = static_cast<char>(damaged[6] ^ (1 << bit));
    WriteFile(wal, damaged);
    const absl::Status status = Refusal();
    EXPECT_TRUE(absl::IsDataLoss(status)) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(wal.filename().string()));
  }
  WriteFile(wal, whole);
  ExpectWhole();
}

TEST_F(RocksdbDamageTest, DropsTheLastWriteAloneIfASectorOfItIsMissing) {
  ASSERT_NO_FATAL_FAILURE(Fill(10));
  ASSERT_TRUE(Open().ok());  // From here on the write-ahead log is a new one.
  {
    const auto log = Open();
    ASSERT_TRUE(log.ok());
    ASSERT_TRUE(ledger_.Append(**log, {"kept"}, 100).ok());
    ASSERT_TRUE(Ledger().Append(**log, {"torn"}, 300000).ok());
  }
  const fs::path wal = Largest(".log");
  std::string torn = ReadFile(wal);
  std::fill_n(torn.begin() + 100 * 512, 512, '\0');
  WriteFile(wal, torn);
  for (int attempt = 0; attempt < 2; ++attempt) ExpectWhole();
}

TEST_F(RocksdbDamageTest, RefusesAnOlderWriteAheadLogThatIsCutOrMissing) {
  ASSERT_NO_FATAL_FAILURE(Fill(900, 100000));  // More than is kept before it goes to a table, and to the next file.
  std::vector<fs::path> wals;
  for (const fs::directory_entry& file : fs::directory_iterator(options_.store.data_dir))
    if (file.path().extension() == ".log") wals.push_back(file.path());
  std::sort(wals.begin(), wals.end());
  ASSERT_GE(wals.size(), 2u);
  for (size_t i = 0; i + 1 < wals.size(); ++i) {
    const std::string whole = ReadFile(wals[i]);
    for (const size_t size : {whole.size() - 1, whole.size() / 2, size_t{0}}) {
      SCOPED_TRACE(absl::StrCat(wals[i].string(), " cut to ", size));
      if (size > 0) {
        WriteFile(wals[i], whole.substr(0, size));
      } else {
        fs::remove(wals[i]);
      }
      const absl::Status status = Refusal();
      EXPECT_TRUE(absl::IsDataLoss(status)) << status;
    }
    WriteFile(wals[i], whole);
  }
  ExpectWhole();
}

TEST_F(RocksdbDamageTest, RefusesADamagedOrMissingManifestAndNamesIt) {
  ASSERT_NO_FATAL_FAILURE(Fill(600, 100000));
  ASSERT_TRUE(Open().ok());
  fs::path manifest;
  for (const fs::directory_entry& file : fs::directory_iterator(options_.store.data_dir))
    if (absl::StartsWith(file.path().filename().string(), "MANIFEST-")) manifest = file.path();
  const std::string whole = ReadFile(manifest);
  for (int bit = 0; bit < 8; ++bit) {
    SCOPED_TRACE(bit);
    std::string damaged = whole;
    damaged[6] = static_cast<char>(damaged[6] ^ (1 << bit));
    WriteFile(manifest, damaged);
    const absl::Status status = Refusal();
    EXPECT_TRUE(absl::IsDataLoss(status)) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(manifest.filename().string()));
  }
  fs::remove(manifest);
  const absl::Status status = Refusal();
  EXPECT_TRUE(absl::IsDataLoss(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr(manifest.filename().string()));
  WriteFile(manifest, whole);
  ExpectWhole();
}

TEST_F(RocksdbDamageTest, GivesNoWrongByteAndPassesNothingOverWhereATableIsDamaged) {
  ASSERT_NO_FATAL_FAILURE(Fill(600, 100000));  // Twice what is kept before it goes to a table.
  const fs::path table = Largest(".sst");
  const std::string whole = ReadFile(table);
  std::string damaged = whole;
  damaged[whole.size() / 2] = static_cast<char>(damaged[whole.size() / 2] ^ 1);
  WriteFile(table, damaged);
  {
    const auto log = Open();
    ASSERT_TRUE(log.ok()) << log.status();  // Nothing is read through on opening.
    std::vector<ReadEvent> before;
    const absl::Status status = ReadEvents(**log, Position(), &before).status();
    EXPECT_TRUE(absl::IsDataLoss(status)) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(table.filename().string()));
    EXPECT_LT(before.size(), 600u);
    for (size_t i = 0; i < before.size(); ++i) EXPECT_EQ(before[i].name, absl::StrCat("e", i));
  }
  WriteFile(table, whole);
  ExpectWhole();
}

TEST_F(RocksdbDamageTest, RefusesAFolderInUse) {
  const auto log = Open();
  ASSERT_TRUE(log.ok());
  const absl::Status status = Refusal();
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
  EXPECT_THAT(std::string(status.message()), AllOf(HasSubstr(options_.store.data_dir), HasSubstr("another process")));
  EXPECT_TRUE(ledger_.Append(**log, {"after"}).ok());
}

TEST_F(RocksdbDamageTest, RefusesWhatCannotBeAFolder) {
  WriteFile(options_.store.data_dir, "a file");
  EXPECT_THAT(std::string(Refusal().message()), HasSubstr("it is a file"));
  options_.store.data_dir = folder_.path() + "/none/log";
  const absl::Status status = Refusal();
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("cannot be made"));
}

TEST_F(RocksdbDamageTest, RefusesTheDatabaseOfAnotherProgramAndLeavesIt) {
  rocksdb::Options options;
  options.create_if_missing = true;
  rocksdb::DB* made = nullptr;
  ASSERT_TRUE(rocksdb::DB::Open(options, options_.store.data_dir, &made).ok());
  std::unique_ptr<rocksdb::DB> other(made);
  ASSERT_TRUE(other->Put(rocksdb::WriteOptions(), "key", "value").ok());
  rocksdb::ColumnFamilyHandle* family = nullptr;
  ASSERT_TRUE(other->CreateColumnFamily(rocksdb::ColumnFamilyOptions(), "theirs", &family).ok());
  ASSERT_TRUE(other->DestroyColumnFamilyHandle(family).ok());
  other.reset();
  absl::Status status = Refusal();
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
  EXPECT_THAT(std::string(status.message()), AllOf(HasSubstr("theirs"), HasSubstr("another folder")));
}

TEST_F(RocksdbDamageTest, RefusesTheDatabaseOfAnotherProgramThatHasOneFamilyAndLeavesIt) {
  rocksdb::Options options;
  options.create_if_missing = true;
  const auto open = [&] {
    rocksdb::DB* opened = nullptr;
    EXPECT_TRUE(rocksdb::DB::Open(options, options_.store.data_dir, &opened).ok());
    return std::unique_ptr<rocksdb::DB>(opened);
  };
  ASSERT_TRUE(open()->Put(rocksdb::WriteOptions(), "key", "value").ok());
  const absl::Status status = Refusal();
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
  EXPECT_THAT(std::string(status.message()), AllOf(HasSubstr("another program"), HasSubstr("another folder")));
  std::string value;
  EXPECT_TRUE(open()->Get(rocksdb::ReadOptions(), "key", &value).ok());
  EXPECT_EQ(value, "value");
}

TEST_F(RocksdbDamageTest, TakesADatabaseThatACrashEndedWhenItWasMade) {
  rocksdb::Options options;
  options.create_if_missing = true;
  rocksdb::DB* opened = nullptr;
  ASSERT_TRUE(rocksdb::DB::Open(options, options_.store.data_dir, &opened).ok());
  delete opened;
  ASSERT_NO_FATAL_FAILURE(Fill(3));
  ExpectWhole();
}

TEST_F(RocksdbDamageTest, RefusesAFormatThatItDoesNotKnowAndSaysWhatToDo) {
  ASSERT_NO_FATAL_FAILURE(Fill(1));
  const rocksdb::Options options;
  std::vector<std::string> names;
  ASSERT_TRUE(rocksdb::DB::ListColumnFamilies(options, options_.store.data_dir, &names).ok());
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  for (const std::string& name : names) families.emplace_back(name, rocksdb::ColumnFamilyOptions());
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* opened = nullptr;
  ASSERT_TRUE(rocksdb::DB::Open(options, options_.store.data_dir, families, &handles, &opened).ok());
  const std::unique_ptr<rocksdb::DB> database(opened);
  EXPECT_TRUE(database->Put(rocksdb::WriteOptions(), "format", "999").ok());
  for (rocksdb::ColumnFamilyHandle* handle : handles) EXPECT_TRUE(database->DestroyColumnFamilyHandle(handle).ok());
  ASSERT_TRUE(database->Close().ok());
  const absl::Status status = Refusal();
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
  EXPECT_THAT(std::string(status.message()), AllOf(HasSubstr("999"), HasSubstr("start it with")));
}

TEST_F(RocksdbDamageTest, RefusesPartsOfALogAndDeletesNoneOfThem) {
  ASSERT_NO_FATAL_FAILURE(Fill(10));
  const fs::path current = options_.store.data_dir + "/CURRENT";
  const std::string content = ReadFile(current);
  fs::remove(current);
  const absl::Status status = Refusal();
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("CURRENT is missing"));
  WriteFile(current, content);
  ExpectWhole();
}

}  // namespace
}  // namespace ampstream
