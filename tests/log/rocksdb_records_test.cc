// Write-ahead logs as RocksDB writes them, then damaged, cut and torn in every way.

#include "server/log/rocksdb_records.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "tests/testing/temporary_folder.h"

namespace ampstream {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr size_t kBlock = 32768;
constexpr size_t kSector = 512;
constexpr unsigned kSeed = 20261125;

std::string ReadFile(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream content;
  content << file.rdbuf();
  return content.str();
}

struct Wal {
  std::string content;
  std::vector<size_t> ends;     // Of each write; the first is 0.
  std::vector<size_t> headers;  // Where each record's header is.
};

class RocksdbRecordsTest : public ::testing::Test {
 protected:
  // One that RocksDB wrote, of writes of these sizes and a little more.
  Wal Write(const std::vector<size_t>& sizes) const {
    rocksdb::Options options;
    options.create_if_missing = true;
    const std::string dir = folder_.path() + "/db";
    fs::remove_all(dir);
    rocksdb::DB* opened = nullptr;
    EXPECT_TRUE(rocksdb::DB::Open(options, dir, &opened).ok());
    const std::unique_ptr<rocksdb::DB> database(opened);
    std::string path;
    for (const fs::directory_entry& file : fs::directory_iterator(dir))
      if (file.path().extension() == ".log") path = file.path();
    Wal wal;
    wal.ends.push_back(0);
    std::mt19937 random(kSeed);
    for (const size_t size : sizes) {
      std::string value(size, '\0');
      for (char& byte : value) byte = static_cast<char>(1 + random() % 255);
      EXPECT_TRUE(database->Put(rocksdb::WriteOptions(), "key", value).ok());
      wal.ends.push_back(fs::file_size(path));
    }
    wal.content = ReadFile(path);
    wal.headers = HeadersOf(wal.content);
    return wal;
  }

  static std::vector<size_t> HeadersOf(const std::string& content) {
    std::vector<size_t> headers;
    for (size_t at = 0; at + 7 <= content.size();) {
      const size_t left = kBlock - at % kBlock;
      if (left < 7) {
        at += left;
        continue;
      }
      headers.push_back(at);
      at += 7 + static_cast<uint8_t>(content[at + 4]) + 256 * static_cast<uint8_t>(content[at + 5]);
    }
    return headers;
  }

  absl::Status Check(const std::string& content, bool may_be_torn = true) const {
    std::ofstream(path_, std::ios::binary | std::ios::trunc) << content;
    return CheckRecords(path_, may_be_torn, *rocksdb::Env::Default()->GetFileSystem());
  }

  void ExpectDamaged(const std::string& content) const {
    const absl::Status status = Check(content);
    EXPECT_TRUE(absl::IsDataLoss(status)) << status;
    EXPECT_THAT(std::string(status.message()), AllOf(HasSubstr(path_), HasSubstr("at byte")));
    EXPECT_TRUE(ReadFile(path_) == content) << "it was changed";
  }

  void ExpectCutTo(size_t size, const std::string& content) const {
    const absl::Status status = Check(content);
    ASSERT_TRUE(status.ok()) << status;
    EXPECT_EQ(ReadFile(path_).size(), size);
    EXPECT_TRUE(ReadFile(path_) == content.substr(0, size));
  }

  const TemporaryFolder folder_;
  const std::string path_ = folder_.path() + "/000007.log";
};

// Of all lengths, some of several blocks, and blocks that end in fewer bytes than a header has.
std::vector<size_t> AllSizes() {
  std::vector<size_t> sizes = {0, 1, 500, 40000, 5, 100000, 32700};
  for (size_t i = 0; i < 100; ++i) sizes.push_back(i * 37 % 1500);
  return sizes;
}

TEST_F(RocksdbRecordsTest, FindsNothingInWhatIsWhole) {
  ExpectCutTo(0, "");
  const Wal wal = Write(AllSizes());
  ExpectCutTo(wal.content.size(), wal.content);
  EXPECT_TRUE(Check(wal.content, /*may_be_torn=*/false).ok());
}

TEST_F(RocksdbRecordsTest, ReadsOnWhereABlockEndsInAnyNumberOfBytes) {
  for (size_t left = 0; left <= 16; ++left) {
    SCOPED_TRACE(left);
    const size_t overhead = Write({20000}).content.size() - 20000;
    const Wal wal = Write({kBlock - left - overhead, 100, 100});
    ASSERT_EQ(wal.ends[1], kBlock - left);
    ExpectCutTo(wal.content.size(), wal.content);
    ExpectCutTo(wal.ends[2], wal.content.substr(0, wal.content.size() - 1));
  }
}

TEST_F(RocksdbRecordsTest, SeesEveryBitOfEveryHeaderThatChanged) {
  const Wal wal = Write(AllSizes());
  for (const size_t header : wal.headers) {
    for (size_t bit = 0; bit < 7 * 8; ++bit) {
      SCOPED_TRACE(absl::StrCat("header at ", header, ", bit ", bit));
      std::string damaged = wal.content;
      damaged[header + bit / 8] = static_cast<char>(damaged[header + bit / 8] ^ (1 << bit % 8));
      ASSERT_NO_FATAL_FAILURE(ExpectDamaged(damaged));
      if (HasFailure()) return;
    }
  }
}

TEST_F(RocksdbRecordsTest, SeesABitOfTheDataThatChanged) {
  const Wal wal = Write(AllSizes());
  std::mt19937 random(kSeed);
  for (int turn = 0; turn < 500; ++turn) {
    const bool in_last = turn % 4 == 0;
    const size_t at =
        std::uniform_int_distribution<size_t>(in_last ? wal.headers.back() : 0, wal.content.size() - 1)(random);
    if (at % kBlock > kBlock - 7) continue;  // It may be what fills the block up.
    SCOPED_TRACE(absl::StrCat("seed ", kSeed, ", byte ", at));
    std::string damaged = wal.content;
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << random() % 8));
    ExpectDamaged(damaged);
  }
}

TEST_F(RocksdbRecordsTest, DropsTheLastWriteWhereverItIsCut) {
  const Wal wal = Write({300, 0, 70000, 200});
  for (size_t size = 0; size < wal.content.size(); size += size < 350 || size > 70500 ? 1 : 197) {
    SCOPED_TRACE(size);
    const size_t whole = *(std::upper_bound(wal.ends.begin(), wal.ends.end(), size) - 1);
    const std::string cut = wal.content.substr(0, size);
    ExpectCutTo(whole, cut);
    EXPECT_EQ(Check(cut, /*may_be_torn=*/false).ok(), whole == size);
  }
}

TEST_F(RocksdbRecordsTest, DropsTheLastWriteIfSectorsOfItAreMissing) {
  std::mt19937 random(kSeed);
  for (const size_t last : {1600u, 5000u, 300000u}) {
    const Wal wal = Write({300, 2000, last});
    const size_t begin = wal.ends[2];
    for (int turn = 0; turn < 50; ++turn) {
      SCOPED_TRACE(absl::StrCat("seed ", kSeed, ", last ", last, ", turn ", turn));
      std::string torn = wal.content;
      // Sectors that the last write has for itself.
      const size_t first = (begin + kSector - 1) / kSector;
      const size_t sectors = torn.size() / kSector - first;
      for (size_t i = 0; i <= random() % 4; ++i) {
        const size_t at = (first + random() % sectors) * kSector;
        std::fill_n(torn.begin() + static_cast<ptrdiff_t>(at), kSector, '\0');
      }
      torn.append(turn % 3 * 1000, '\0');
      ExpectCutTo(begin, torn);
    }
  }
}

TEST_F(RocksdbRecordsTest, TakesZerosAtTheEndForNothing) {
  const Wal wal = Write(AllSizes());
  for (size_t zeros : {1u, 6u, 7u, 8u, 600u, 70000u})
    ExpectCutTo(wal.content.size(), wal.content + std::string(zeros, '\0'));
}

TEST_F(RocksdbRecordsTest, SeesASectorMissingBeforeTheLastWrite) {
  const Wal wal = Write({2000, 70000, 300, 2000, 100});
  for (size_t at = 0; at + kSector < wal.ends[4]; at += kSector) {
    SCOPED_TRACE(at);
    std::string damaged = wal.content;
    std::fill_n(damaged.begin() + static_cast<ptrdiff_t>(at), kSector, '\0');
    ExpectDamaged(damaged);
  }
}

TEST_F(RocksdbRecordsTest, SeesAWriteThatIsMissingItsEndOrItsStart) {
  const std::string others = Write({100, 100}).content;
  const std::string whole = Write({100, 70000, 100}).content;
  ExpectDamaged(whole.substr(0, kBlock) + others);
  ExpectDamaged(whole.substr(0, 2 * kBlock) + others);
  ExpectDamaged(whole.substr(kBlock));
  ExpectDamaged(whole.substr(2 * kBlock));
}

}  // namespace
}  // namespace ampstream
