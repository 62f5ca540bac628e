// Many single changed bits in the files of a log on disk: whichever it is, nothing wrong is given and nothing is passed
// over in silence.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/base/clock.h"
#include "server/log/event_log.h"
#include "server/log/rocksdb_log.h"
#include "tests/log/ledger.h"
#include "tests/testing/append.h"
#include "tests/testing/events.h"
#include "tests/testing/temporary_folder.h"

namespace ampstream {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

constexpr int kEvents = 200;
constexpr int kBitsPerFile = 16;

// What stands in each file of a folder.
using Contents = std::map<std::string, std::string>;

Contents ContentsOf(const std::string& folder) {
  Contents contents;
  for (const fs::directory_entry& file : fs::directory_iterator(folder)) {
    std::stringstream content;
    content << std::ifstream(file.path(), std::ios::binary).rdbuf();
    contents[file.path().filename().string()] = content.str();
  }
  return contents;
}

class RocksdbDamageSweepTest : public ::testing::Test {
 protected:
  RocksdbDamageSweepTest() {
    options_.store.data_dir = folder_.path() + "/log";
    options_.store.recent_ids = kEvents / 4;  // So that there are files of ids.
  }

  absl::StatusOr<std::unique_ptr<EventLog>> Open() const { return OpenRocksdbLog(options_, Clock::Real()); }

  // A log of so many events, closed.
  void Fill() {
    const auto log = Open();
    ASSERT_TRUE(log.ok()) << log.status();
    for (const std::string& name : Names("e", kEvents)) ASSERT_TRUE(ledger_.Append(**log, {name}, 300).ok());
  }

  // Makes the folder hold these files alone.
  void Write(const Contents& contents) const {
    fs::remove_all(options_.store.data_dir);
    fs::create_directories(options_.store.data_dir);
    for (const auto& [name, content] : contents) {
      std::ofstream(fs::path(options_.store.data_dir) / name, std::ios::binary) << content;
    }
  }

  // Damage that is met later than on opening: it is named.
  static void ExpectNamed(const absl::Status& status, const std::string& file) {
    EXPECT_TRUE(absl::IsDataLoss(status)) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(file));
  }

  // The events in their order up to the damage, if there is any.
  static void ExpectReadsRightOrRefuses(EventLog& log, const std::string& damaged) {
    std::vector<ReadEvent> before;
    const absl::StatusOr<std::vector<ReadEvent>> events = ReadEvents(log, Position(), &before);
    if (!events.ok()) ExpectNamed(events.status(), damaged);
    const std::vector<ReadEvent>& read = events.ok() ? *events : before;
    if (events.ok()) {
      EXPECT_EQ(read.size(), size_t{kEvents});
    }
    for (size_t i = 0; i < read.size(); ++i) ASSERT_EQ(read[i].name, absl::StrCat("e", i));
  }

  // Each event is found, and known for a duplicate, or the damage is said.
  static void ExpectFindsRightOrRefuses(EventLog& log, const std::string& damaged) {
    for (const NewEvent& event : MakeEvents(Names("e", kEvents))) {
      const absl::StatusOr<std::string> found = log.Find(event.id);
      v1::Event parsed;
      if (!found.ok()) {
        ExpectNamed(found.status(), damaged);
      } else {
        ASSERT_TRUE(parsed.ParseFromString(*found));
        ASSERT_EQ(parsed.id(), event.id.ToString());
      }
      const absl::StatusOr<std::vector<Appended>> retry = AppendOnce(log, {event});
      if (!retry.ok()) {
        EXPECT_TRUE(absl::IsUnavailable(retry.status())) << retry.status();
      } else {
        ASSERT_EQ(retry->front().outcome, Appended::Outcome::kDuplicate);
      }
    }
  }

  // Places in a file: half of them near its end, where a table's indexes stand.
  static std::vector<size_t> PlacesIn(const std::string& content, std::mt19937* random) {
    std::vector<size_t> places;
    const size_t near_end = content.size() - std::min<size_t>(content.size(), 600);
    for (int i = 0; i < kBitsPerFile; ++i) {
      places.push_back(std::uniform_int_distribution<size_t>(i % 2 == 0 ? 0 : near_end, content.size() - 1)(*random));
    }
    return places;
  }

  const TemporaryFolder folder_;
  RocksdbLogOptions options_;
  Ledger ledger_;
};

TEST_F(RocksdbDamageSweepTest, GivesNothingWrongWhicheverBitOfATableHasChanged) {
  ASSERT_NO_FATAL_FAILURE(Fill());
  ASSERT_TRUE(Open().ok());  // What was in the write-ahead log is in tables after this.
  const Contents whole = ContentsOf(options_.store.data_dir);
  constexpr unsigned kSeed = 20261125;
  std::mt19937 random(kSeed);
  int refused = 0;
  for (const auto& [name, content] : whole) {
    if (!absl::EndsWith(name, ".sst")) continue;
    for (const size_t place : PlacesIn(content, &random)) {
      SCOPED_TRACE(absl::StrCat("seed ", kSeed, ", ", name, ", byte ", place));
      Contents damaged = whole;
      damaged[name][place] = static_cast<char>(damaged[name][place] ^ (1 << (random() % 8)));
      Write(damaged);
      const auto log = Open();
      if (log.ok()) {
        ExpectReadsRightOrRefuses(**log, name);
        ExpectFindsRightOrRefuses(**log, name);
      } else {
        ++refused;
        EXPECT_TRUE(absl::IsDataLoss(log.status())) << log.status();
        EXPECT_THAT(std::string(log.status().message()), HasSubstr(name));
      }
    }
  }
  EXPECT_GT(refused, 0);
  Write(whole);
  const auto log = Open();
  ASSERT_TRUE(log.ok()) << log.status();
  EXPECT_EQ(ledger_.FaultIn(**log), "");
}

TEST_F(RocksdbDamageSweepTest, LeavesEveryFileAsItWasWhenItRefusesADamagedWriteAheadLog) {
  ASSERT_NO_FATAL_FAILURE(Fill());
  Contents damaged = ContentsOf(options_.store.data_dir);
  for (auto& [name, content] : damaged) {
    if (absl::EndsWith(name, ".log") && !content.empty()) content[content.size() / 3] ^= 1;
  }
  Write(damaged);
  std::string said;
  for (int attempt = 0; attempt < 3; ++attempt) {
    const absl::Status status = Open().status();
    EXPECT_TRUE(absl::IsDataLoss(status)) << status;
    if (attempt > 0) {
      EXPECT_EQ(status.message(), said);
    }
    said = std::string(status.message());
    EXPECT_TRUE(ContentsOf(options_.store.data_dir) == damaged) << "attempt " << attempt;
  }
}

TEST_F(RocksdbDamageSweepTest, RefusesAFolderThatAnotherProcessUsesDeathTest) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  // The other process runs this test from its start, and finds here which folder this one has.
  constexpr char kFolder[] = "AMPSTREAM_TEST_FOLDER";
  setenv(kFolder, options_.store.data_dir.c_str(), /*overwrite=*/0);
  options_.store.data_dir = std::getenv(kFolder);
  const auto log = Open();
  EXPECT_EXIT(
      {
        const absl::Status status = Open().status();
        std::cerr << status;
        _exit(absl::IsInvalidArgument(status) ? 0 : 1);
      },
      ::testing::ExitedWithCode(0), "another process uses it");
  unsetenv(kFolder);
  ASSERT_TRUE(log.ok()) << log.status();
  EXPECT_TRUE(ledger_.Append(**log, {"after"}).ok());
}

}  // namespace
}  // namespace ampstream
