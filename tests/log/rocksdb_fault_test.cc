// What the log on disk does when its disk fails, and what a power cut leaves of it.

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <ostream>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "server/log/event_log.h"
#include "server/log/rocksdb_log.h"
#include "tests/log/faulty_file_system.h"
#include "tests/log/ledger.h"
#include "tests/testing/collecting_listener.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/temporary_folder.h"

namespace ampstream {
namespace {

using Kind = FaultyFileSystem::Kind;

// Events of which a buffer of the store is full after about a hundred deliveries of five.
constexpr size_t kLargePadding = 100000;
constexpr int kMaxLargeDeliveries = 600;

class RocksdbFaultTest : public ::testing::Test {
 protected:
  RocksdbFaultTest() {
    options_.store.data_dir = folder_.path() + "/log";
    options_.store.env = disk_.env();
  }

  absl::Status TryOpen() {
    absl::StatusOr<std::unique_ptr<EventLog>> log = OpenRocksdbLog(options_, clock_);
    if (log.ok()) log_ = *std::move(log);
    return log.status();
  }

  void Open() {
    const absl::Status status = TryOpen();
    ASSERT_TRUE(status.ok()) << status;
  }

  // Opens the log with a listener.
  void OpenAndListen() {
    ASSERT_NO_FATAL_FAILURE(Open());
    ASSERT_TRUE(log_->Start(&listener_).ok());
  }

  void Reopen() {
    log_.reset();
    Open();
  }

  // Delivers one event.
  absl::Status Append(const std::string& name) { return ledger_.Append(*log_, {name}); }

  void AppendGood(const std::string& prefix, int n) {
    for (int i = 0; i < n; ++i) {
      const absl::Status status = Append(absl::StrCat(prefix, i));
      ASSERT_TRUE(status.ok()) << status;
    }
  }

  // Delivers large events until the log refuses, and gives that answer; OK: it never did.
  absl::Status AppendUntilRefused(const std::string& prefix, size_t padding, int max) {
    absl::Status status;
    for (int i = 0; i < max && status.ok(); ++i) {
      std::vector<std::string> names;
      for (int k = 0; k < 5; ++k) names.push_back(absl::StrCat(prefix, i, "-", k));
      status = ledger_.Append(*log_, names, padding);
    }
    return status;
  }

  // The disk is well again: nothing is taken all the same, what is there is still to be had, and the listener knows.
  void ExpectReadsOnly() {
    const int failures = disk_.failures();
    for (int i = 0; i < 10; ++i) {
      const absl::Status status = Append(absl::StrCat("late", i));
      EXPECT_TRUE(absl::IsUnavailable(status)) << status;
      EXPECT_FALSE(status.message().empty());
    }
    EXPECT_EQ(disk_.failures(), failures) << "the disk was well";
    EXPECT_EQ(ledger_.FaultIn(*log_), "");
    log_->Stop(absl::InfiniteFuture());
    const std::vector<LogState> states = listener_.states();
    ASSERT_EQ(states.size(), 1u);
    EXPECT_FALSE(states[0].writable);
    EXPECT_TRUE(states[0].readable);
    EXPECT_NE(states[0].reason, "");
    EXPECT_GT(states[0].retry_after, absl::ZeroDuration());
    EXPECT_EQ(ledger_.FaultIn(*log_), "");
  }

  // Opened anew, the log has all that was answered, takes what was refused, and keeps both.
  void ExpectWholeAfterReopening() {
    ASSERT_NO_FATAL_FAILURE(Reopen());
    EXPECT_EQ(ledger_.FaultIn(*log_), "");
    ledger_.Retry(*log_);
    EXPECT_EQ(ledger_.FaultIn(*log_), "");
    ASSERT_NO_FATAL_FAILURE(Reopen());
    EXPECT_EQ(ledger_.refused(), 0u);
    EXPECT_EQ(ledger_.FaultIn(*log_), "");
  }

  const TemporaryFolder folder_;
  FaultyFileSystem disk_;
  const FakeClock clock_;
  RocksdbLogOptions options_;
  Ledger ledger_;
  CollectingListener listener_;
  std::unique_ptr<EventLog> log_;
};

struct Failure {
  std::string name;
  std::function<void(FaultyFileSystem&)> begin;
  std::function<void(FaultyFileSystem&)> end = [](FaultyFileSystem&) {};
};

void PrintTo(const Failure& failure, std::ostream* out) { *out << failure.name; }

std::string NameOfFailure(const ::testing::TestParamInfo<Failure>& info) { return info.param.name; }

Failure FailSync(const std::string& name, Kind kind, int good) {
  return {name, [=](FaultyFileSystem& disk) { disk.FailSync(kind, good); }};
}
Failure FailAppend(const std::string& name, Kind kind, int good) {
  return {name, [=](FaultyFileSystem& disk) { disk.FailAppend(kind, good); }};
}
Failure FailAppendPartly(const std::string& name, Kind kind, int good) {
  return {name, [=](FaultyFileSystem& disk) { disk.FailAppendPartly(kind, good); }};
}
Failure NoSpace(const std::string& name, Kind kind) {
  return {name, [=](FaultyFileSystem& disk) { disk.SetNoSpace(kind, true); },
          [=](FaultyFileSystem& disk) { disk.SetNoSpace(kind, false); }};
}

// Failures of what an append itself waits for.
class RocksdbAppendFailureTest : public RocksdbFaultTest, public ::testing::WithParamInterface<Failure> {
 protected:
  void FailOneAppend() {
    ASSERT_NO_FATAL_FAILURE(OpenAndListen());
    ASSERT_NO_FATAL_FAILURE(AppendGood("good", 50));
    GetParam().begin(disk_);
    const absl::Status status = ledger_.Append(*log_, {"failed0", "failed1", "failed2"});
    EXPECT_TRUE(absl::IsUnavailable(status)) << status;
    EXPECT_EQ(disk_.failures(), 1);
    GetParam().end(disk_);
  }
};

TEST_P(RocksdbAppendFailureTest, RefusesEverythingUntilReopenedAndLosesNothing) {
  ASSERT_NO_FATAL_FAILURE(FailOneAppend());
  ExpectReadsOnly();
  ExpectWholeAfterReopening();
}

TEST_P(RocksdbAppendFailureTest, LosesNothingIfThePowerGoesToo) {
  ASSERT_NO_FATAL_FAILURE(FailOneAppend());
  log_.reset();
  disk_.RestorePower(20261125);
  ExpectWholeAfterReopening();
}

TEST_P(RocksdbAppendFailureTest, MayFailAgainAfterEveryOpening) {
  for (int round = 0; round < 5; ++round) {
    ASSERT_NO_FATAL_FAILURE(Reopen());
    EXPECT_EQ(ledger_.FaultIn(*log_), "");
    ASSERT_NO_FATAL_FAILURE(AppendGood(absl::StrCat("round", round, "-good"), 5));
    GetParam().begin(disk_);
    EXPECT_TRUE(absl::IsUnavailable(Append(absl::StrCat("round", round, "-failed"))));
    GetParam().end(disk_);
  }
  ExpectWholeAfterReopening();
}

INSTANTIATE_TEST_SUITE_P(Wal, RocksdbAppendFailureTest,
                         ::testing::Values(FailSync("FailedSync", Kind::kWal, 0),
                                           FailAppend("FailedAppend", Kind::kWal, 0),
                                           FailAppendPartly("PartialAppend", Kind::kWal, 0),
                                           NoSpace("NoSpace", Kind::kWal)),
                         NameOfFailure);

// Failures in the background, while a buffer is written to a table.
class RocksdbFlushFailureTest : public RocksdbFaultTest, public ::testing::WithParamInterface<Failure> {};

TEST_P(RocksdbFlushFailureTest, RefusesEverythingUntilReopenedAndLosesNothing) {
  ASSERT_NO_FATAL_FAILURE(OpenAndListen());
  GetParam().begin(disk_);
  const absl::Status status = AppendUntilRefused("large", kLargePadding, kMaxLargeDeliveries);
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_GE(disk_.failures(), 1);
  EXPECT_GT(ledger_.answered(), 0u);
  GetParam().end(disk_);
  ExpectReadsOnly();
  ExpectWholeAfterReopening();
}

INSTANTIATE_TEST_SUITE_P(Flush, RocksdbFlushFailureTest,
                         ::testing::Values(NoSpace("NoSpace", Kind::kTable), FailSync("TableSync", Kind::kTable, 0),
                                           FailAppend("TableAppend", Kind::kTable, 2),
                                           FailAppendPartly("PartialTableAppend", Kind::kTable, 0),
                                           FailSync("ManifestSync", Kind::kManifest, 0),
                                           FailAppend("ManifestAppend", Kind::kManifest, 0),
                                           FailAppendPartly("PartialManifestAppend", Kind::kManifest, 0)),
                         NameOfFailure);

TEST_F(RocksdbFaultTest, CanBeOpenedAgainAfterAFullDiskRefusedIt) {
  ASSERT_NO_FATAL_FAILURE(Open());
  ASSERT_NO_FATAL_FAILURE(AppendGood("good", 20));
  log_.reset();
  for (const Kind kind : {Kind::kWal, Kind::kTable, Kind::kManifest}) {
    disk_.SetNoSpace(kind, true);
    const absl::Status status = TryOpen();
    if (!status.ok()) {
      EXPECT_TRUE(absl::IsUnavailable(status)) << status;
    } else {
      EXPECT_EQ(ledger_.FaultIn(*log_), "");
    }
    log_.reset();
    disk_.SetNoSpace(kind, false);
    ASSERT_NO_FATAL_FAILURE(Reopen());
    EXPECT_EQ(ledger_.FaultIn(*log_), "");
    ASSERT_NO_FATAL_FAILURE(AppendGood(absl::StrCat("after", static_cast<int>(kind), "-"), 3));
    log_.reset();
  }
}

class RocksdbPowerTest : public RocksdbFaultTest {
 protected:
  // Four senders, each until it is refused.
  void AppendFromAllSides(const std::string& prefix, size_t padding, int max) {
    std::vector<std::thread> senders;
    for (int i = 0; i < 4; ++i) {
      senders.emplace_back([=] { AppendUntilRefused(absl::StrCat(prefix, "s", i, "-"), padding, max).IgnoreError(); });
    }
    for (std::thread& sender : senders) sender.join();
  }

  // Opens the log, appends from all sides, and loses power after so many changes of the disk, wherever that is.
  void RunUntilPowerIsLost(const std::string& prefix, size_t padding, int64_t changes, uint32_t seed) {
    disk_.LosePowerAfter(changes);
    if (TryOpen().ok()) AppendFromAllSides(prefix, padding, kMaxLargeDeliveries / 4);
    log_.reset();
    EXPECT_TRUE(disk_.power_lost());
    disk_.RestorePower(seed);
  }
};

// One round after the other in the same folder, so that what one cut leaves meets the next.
TEST_F(RocksdbPowerTest, KeepsWhatItAnsweredThroughAnyPowerCut) {
  for (uint32_t seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    std::mt19937 random(seed);
    RunUntilPowerIsLost(absl::StrCat("r", seed), 0, std::uniform_int_distribution<int64_t>(0, 150)(random), seed);
    ASSERT_NO_FATAL_FAILURE(Reopen());
    ASSERT_EQ(ledger_.FaultIn(*log_), "");
    if (seed % 3 == 0) ledger_.Retry(*log_);
    ASSERT_EQ(ledger_.FaultIn(*log_), "");
    log_.reset();
  }
  EXPECT_GT(ledger_.answered(), 100u);
  ExpectWholeAfterReopening();
}

// The same with buffers that fill and with the removal of the oldest, so that the cut comes in the middle of those.
TEST_F(RocksdbPowerTest, KeepsWhatItAnsweredThroughAPowerCutWhileItFlushesAndRemoves) {
  options_.store.max_bytes = 24 << 20;
  for (uint32_t seed = 1; seed <= 12; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    std::mt19937 random(seed);
    RunUntilPowerIsLost(absl::StrCat("r", seed), kLargePadding,
                        std::uniform_int_distribution<int64_t>(150, 400)(random), seed);
    ASSERT_NO_FATAL_FAILURE(Reopen());
    ASSERT_EQ(ledger_.FaultIn(*log_), "");
    log_.reset();
  }
  EXPECT_GT(ledger_.answered(), 100u);
}

// The same with ids that go to files all the while.
TEST_F(RocksdbPowerTest, KnowsItsDuplicatesThroughAPowerCutWhileIdsGoToFiles) {
  options_.store.recent_ids = 8;
  for (uint32_t seed = 1; seed <= 25; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    std::mt19937 random(seed);
    RunUntilPowerIsLost(absl::StrCat("r", seed), 0, std::uniform_int_distribution<int64_t>(30, 200)(random), seed);
    ASSERT_NO_FATAL_FAILURE(Reopen());
    ASSERT_EQ(ledger_.FaultIn(*log_), "");
    ledger_.Retry(*log_);
    ASSERT_EQ(ledger_.FaultIn(*log_), "");
    log_.reset();
  }
  EXPECT_GT(ledger_.answered(), 100u);
  ExpectWholeAfterReopening();
}

// The first opening makes everything: a cut in its middle must not leave a folder that is refused for ever.
TEST_F(RocksdbPowerTest, OpensAfterAPowerCutWhileItWasMade) {
  bool opened = false;
  for (uint32_t changes = 0; !opened; ++changes) {
    SCOPED_TRACE(absl::StrCat("after ", changes, " changes"));
    options_.store.data_dir = absl::StrCat(folder_.path(), "/log", changes);
    disk_.LosePowerAfter(changes);
    opened = TryOpen().ok();
    log_.reset();
    disk_.RestorePower(changes);
    ASSERT_NO_FATAL_FAILURE(Open());
    ASSERT_NO_FATAL_FAILURE(AppendGood(absl::StrCat("c", changes, "-"), 1));
    log_.reset();
  }
}

}  // namespace
}  // namespace ampstream
