#ifndef AMPSTREAM_TESTS_BENCHMARKS_LOG_SIDES_H_
#define AMPSTREAM_TESTS_BENCHMARKS_LOG_SIDES_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/event/new_event.h"
#include "server/event/position.h"
#include "server/log/event_log.h"

// The two sides of a comparison of logs on disk.
namespace ampstream {

// What takes deliveries, one at a time, and has each on disk when it answers. Thread-compatible.
class LogSide {
 public:
  virtual ~LogSide() = default;

  // All events must be new.
  virtual absl::Status Append(std::vector<NewEvent> delivery) = 0;
};

// The server's log, with its indexes of ids and times; nothing is removed from it.
class ServerLog final : public LogSide {
 public:
  static absl::StatusOr<std::unique_ptr<ServerLog>> Open(const std::string& folder);
  ~ServerLog() override;

  absl::Status Append(std::vector<NewEvent> delivery) override;

  // Of the newest event that this object has appended.
  Position newest() const { return newest_; }

  EventLog& log() { return *log_; }

 private:
  explicit ServerLog(std::unique_ptr<EventLog> log) : log_(std::move(log)) {}

  const std::unique_ptr<EventLog> log_;
  Position newest_;
};

// RocksDB alone, as it comes, and as one would first use it: the key is a number that counts up (8 bytes, big-endian),
// the value is the encoded event, a delivery is one WriteBatch and one synchronous write. No index, no check for
// duplicates, no cursor: less than the server's log does. Its options are RocksDB's defaults but for the two below.
class BareRocksdb final : public LogSide {
 public:
  struct Options {
    size_t write_buffer_bytes = 32 << 20;  // As the server's log has for its chunks: the default is 64 MiB.
    bool compressed = true;                // By Snappy, the default.
  };

  static absl::StatusOr<std::unique_ptr<BareRocksdb>> Open(const std::string& folder, const Options& options);
  ~BareRocksdb() override;

  absl::Status Append(std::vector<NewEvent> delivery) override;

  // Goes over all events, in order, and touches none of their bytes.
  struct Scanned {
    int64_t events = 0;
    int64_t bytes = 0;
  };
  absl::StatusOr<Scanned> Scan() const;

 private:
  class Impl;
  explicit BareRocksdb(std::unique_ptr<Impl> impl);

  const std::unique_ptr<Impl> impl_;
};

// User and system time that this process has taken so far, over all its threads.
absl::Duration CpuTimeOfThisProcess();

}  // namespace ampstream

#endif  // AMPSTREAM_TESTS_BENCHMARKS_LOG_SIDES_H_
