#include "tests/benchmarks/log_sides.h"

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>
#include <sys/resource.h>

#include <future>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/clock.h"
#include "server/base/status_macros.h"
#include "server/log/rocksdb_log.h"

namespace ampstream {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(60);

absl::Status FromRocksdb(const rocksdb::Status& status) {
  return status.ok() ? absl::OkStatus() : absl::UnavailableError(status.ToString());
}

// Big-endian, so that keys stand in the order of their numbers.
std::string KeyOf(uint64_t number) {
  std::string key(sizeof(number), '\0');
  for (size_t i = key.size(); i-- > 0; number >>= 8) key[i] = static_cast<char>(number & 0xff);
  return key;
}

uint64_t NumberOf(const rocksdb::Slice& key) {
  uint64_t number = 0;
  for (size_t i = 0; i < key.size(); ++i) number = number << 8 | static_cast<unsigned char>(key[i]);
  return number;
}

}  // namespace

absl::StatusOr<std::unique_ptr<ServerLog>> ServerLog::Open(const std::string& folder) {
  RocksdbLogOptions options;
  options.store.data_dir = folder;
  options.store.max_bytes = std::numeric_limits<int64_t>::max() / 2;
  AMPSTREAM_ASSIGN_OR_RETURN(std::unique_ptr<EventLog> log, OpenRocksdbLog(options, Clock::Real()));
  return std::unique_ptr<ServerLog>(new ServerLog(std::move(log)));
}

ServerLog::~ServerLog() { log_->Stop(Clock::Real().Now() + kPatience); }

absl::Status ServerLog::Append(std::vector<NewEvent> delivery) {
  std::promise<absl::StatusOr<std::vector<Appended>>> answer;
  log_->Append(std::move(delivery), absl::InfiniteFuture(),
               [&](absl::StatusOr<std::vector<Appended>> appended) { answer.set_value(std::move(appended)); });
  AMPSTREAM_ASSIGN_OR_RETURN(const std::vector<Appended> appended, answer.get_future().get());
  for (const Appended& event : appended) {
    if (event.outcome != Appended::Outcome::kAccepted) return absl::InternalError("a new event was called a duplicate");
  }
  if (!appended.empty()) newest_ = appended.back().position;
  return absl::OkStatus();
}

class BareRocksdb::Impl {
 public:
  // Continues after what is there.
  explicit Impl(rocksdb::DB* db) : db_(db) {
    const std::unique_ptr<rocksdb::Iterator> at(db_->NewIterator({}));
    at->SeekToLast();
    if (at->Valid()) last_ = NumberOf(at->key());
  }

  absl::Status Append(const std::vector<NewEvent>& delivery) {
    rocksdb::WriteBatch batch;
    for (const NewEvent& event : delivery) batch.Put(KeyOf(++last_), event.encoded);
    rocksdb::WriteOptions options;
    options.sync = true;
    return FromRocksdb(db_->Write(options, &batch));
  }

  absl::StatusOr<Scanned> Scan() const {
    Scanned scanned;
    const std::unique_ptr<rocksdb::Iterator> at(db_->NewIterator({}));
    for (at->SeekToFirst(); at->Valid(); at->Next()) {
      ++scanned.events;
      scanned.bytes += static_cast<int64_t>(at->value().size());
    }
    AMPSTREAM_RETURN_IF_ERROR(FromRocksdb(at->status()));
    return scanned;
  }

 private:
  const std::unique_ptr<rocksdb::DB> db_;
  uint64_t last_ = 0;
};

BareRocksdb::BareRocksdb(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
BareRocksdb::~BareRocksdb() = default;

absl::StatusOr<std::unique_ptr<BareRocksdb>> BareRocksdb::Open(const std::string& folder, const Options& options) {
  rocksdb::Options set;
  set.create_if_missing = true;
  set.write_buffer_size = options.write_buffer_bytes;
  if (!options.compressed) set.compression = rocksdb::kNoCompression;
  rocksdb::DB* db = nullptr;
  AMPSTREAM_RETURN_IF_ERROR(FromRocksdb(rocksdb::DB::Open(set, folder, &db)));
  return std::unique_ptr<BareRocksdb>(new BareRocksdb(std::make_unique<Impl>(db)));
}

absl::Status BareRocksdb::Append(std::vector<NewEvent> delivery) { return impl_->Append(delivery); }

absl::StatusOr<BareRocksdb::Scanned> BareRocksdb::Scan() const { return impl_->Scan(); }

absl::Duration CpuTimeOfThisProcess() {
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  return absl::DurationFromTimeval(usage.ru_utime) + absl::DurationFromTimeval(usage.ru_stime);
}

}  // namespace ampstream
