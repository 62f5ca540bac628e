#ifndef AMPSTREAM_TESTS_TESTING_TEMPORARY_LOG_H_
#define AMPSTREAM_TESTS_TESTING_TEMPORARY_LOG_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/log/event_log.h"
#include "server/log/rocksdb_log.h"
#include "tests/testing/temporary_folder.h"

namespace ampstream {

// A log on disk, in a folder of its own that goes with it; it can be closed and opened again. Aborts if it cannot be
// opened. As thread-safe as the log is, but for Reopen, during which nobody may use it.
class TemporaryLog final : public EventLog {
 public:
  TemporaryLog(int64_t max_bytes, const Clock& clock) : clock_(clock) {
    options_.store.data_dir = folder_.path();
    options_.store.max_bytes = max_bytes;
    options_.store.max_age = 2 * options_.duplicate_window;  // What is no duplicate any more is still in the log.
    Reopen();
  }

  // Of the next Reopen.
  RocksdbLogOptions& options() { return options_; }

  // Closes the log and opens it again.
  void Reopen() {
    log_.reset();
    log_ = OpenRocksdbLog(options_, clock_).value();
  }

  void Append(std::vector<NewEvent> delivery, absl::Time deadline, Done done) override {
    log_->Append(std::move(delivery), deadline, std::move(done));
  }
  absl::StatusOr<Position> Resolve(const StartAt& start) override { return log_->Resolve(start); }
  absl::StatusOr<ReadResult> Read(Position after, const ReadLimits& limits) override {
    return log_->Read(after, limits);
  }
  absl::StatusOr<std::string> Find(const EventId& id) override { return log_->Find(id); }
  LogInfo Info() const override { return log_->Info(); }
  absl::StatusOr<Position> Start(Listener* listener) override { return log_->Start(listener); }
  void Stop(absl::Time deadline) override { log_->Stop(deadline); }

 private:
  const TemporaryFolder folder_;
  const Clock& clock_;
  RocksdbLogOptions options_;
  std::unique_ptr<EventLog> log_;
};

}  // namespace ampstream

#endif  // AMPSTREAM_TESTS_TESTING_TEMPORARY_LOG_H_
