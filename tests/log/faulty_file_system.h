#ifndef AMPSTREAM_TESTS_LOG_FAULTY_FILE_SYSTEM_H_
#define AMPSTREAM_TESTS_LOG_FAULTY_FILE_SYSTEM_H_

#include <cstddef>
#include <cstdint>
#include <memory>

namespace rocksdb {
class Env;
}  // namespace rocksdb

namespace ampstream {

// The system's files, for a RocksDB, that fail on command and remember what a power cut would leave of them. A sync is
// taken down and not passed on to the disk, so tests over it are quick. Thread-safe.
class FaultyFileSystem {
 public:
  // What a file is to RocksDB, by its name.
  enum class Kind { kWal, kTable, kManifest, kOther };
  static constexpr size_t kKinds = 4;

  FaultyFileSystem();
  ~FaultyFileSystem();

  // Lives as long as this.
  rocksdb::Env* env() const;

  // After `good` more of them, one sync or append of such a file fails, and the next is good again. An append that
  // fails has written nothing, or, if partly, the first half of its bytes.
  void FailSync(Kind kind, int good = 0);
  void FailAppend(Kind kind, int good = 0);
  void FailAppendPartly(Kind kind, int good = 0);

  // Every append to such a file fails for want of space, until told otherwise.
  void SetNoSpace(Kind kind, bool no_space);

  // How many calls have failed on command, loss of power not counted.
  int failures() const;

  // How many times a file or folder was written, synced, made, renamed, given a second name or removed.
  int64_t changes() const;

  // After `good` more changes the power is lost: every later one fails, and nothing more comes to the files.
  void LosePowerAfter(int64_t good);
  bool power_lost() const;

  // Makes the files what a power cut may have left: each is cut to what was synced and some first part of what was not,
  // and of the names made, changed or removed since their folder was synced, the latest are undone. How
  // much of either, the seed decides. Power that was not lost is lost first. The database must have been closed; it
  // finds everything that is left durable.
  void RestorePower(uint32_t seed);

 private:
  class Disk;
  class Files;
  class Folder;
  class WritableFile;

  const std::shared_ptr<Disk> disk_;
  const std::unique_ptr<rocksdb::Env> env_;
};

}  // namespace ampstream

#endif  // AMPSTREAM_TESTS_LOG_FAULTY_FILE_SYSTEM_H_
