#ifndef AMPSTREAM_TESTS_LOG_ROCKSDB_STORE_FIXTURE_H_
#define AMPSTREAM_TESTS_LOG_ROCKSDB_STORE_FIXTURE_H_

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/event/position.h"
#include "server/log/chunk.h"
#include "server/log/event_log.h"
#include "server/log/rocksdb_store.h"
#include "server/log/store.h"
#include "tests/log/test_chunks.h"
#include "tests/testing/temporary_folder.h"

namespace ampstream {

// A store in a folder of its own, and all that was ever added to it, to compare it with.
class RocksdbStoreFixture : public ::testing::Test {
 protected:
  static constexpr absl::Time kStart = absl::FromUnixSeconds(1767323045);

  RocksdbStoreFixture();
  void SetUp() override { Open(); }

  void Open();
  void Close() { store_.reset(); }
  void Reopen();

  // Events with the next names, `e0` and so on, received at these times; each with so many bytes of padding.
  std::vector<TestEvent> NextEvents(const std::vector<absl::Time>& receive_times, size_t padding = 0);
  std::vector<TestEvent> NextEvents(size_t count) { return NextEvents(std::vector<absl::Time>(count, kStart)); }

  // Adds the next chunk.
  Store::Removed Add(const std::vector<TestEvent>& events, absl::Time log_time, uint64_t beyond = 0);

  // Calls Trim, which must not fail.
  Store::Removed Trim(absl::Time now);

  Position newest() const { return added_.empty() ? Position() : added_.back().chunk->last; }

  // The end of what was removed, if the chunk at this index is the oldest that is left.
  Position Before(size_t first) const { return first == 0 ? Position() : added_[first - 1].chunk->last; }

  // The first chunk that is left, if no more than max_bytes are kept, but always the newest.
  size_t FirstWithin(int64_t max_bytes) const;

  // That the store holds the chunks from this index on, and nothing of those before, whatever is asked.
  void ExpectHolds(size_t first);

  // All chunks after a position.
  absl::StatusOr<std::vector<SharedChunk>> ReadAll(Position after, ReadLimits limits = ReadLimits()) const;

  // The positions of all events after a position that satisfy a predicate over encoded events; null: all.
  std::vector<Position> PositionsAfter(Position after,
                                       const std::function<bool(absl::string_view)>& matches = nullptr) const;

  // What a store is asked with, to start somewhere; must not fail.
  Position Resolve(const StartAt& start) const;

  const TemporaryFolder folder_;
  RocksdbStore::Options options_;
  std::unique_ptr<RocksdbStore> store_;
  std::vector<TestChunk> added_;
  int names_ = 0;

 private:
  void ExpectInfo(size_t first) const;
  void ExpectGone(size_t first) const;
  void ExpectThere(size_t first) const;
};

}  // namespace ampstream

#endif  // AMPSTREAM_TESTS_LOG_ROCKSDB_STORE_FIXTURE_H_
