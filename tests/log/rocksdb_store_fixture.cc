#include "tests/log/rocksdb_store_fixture.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "server/event/error.h"
#include "server/event/event_id.h"
#include "server/event/new_event.h"
#include "tests/testing/events.h"

namespace ampstream {

RocksdbStoreFixture::RocksdbStoreFixture() { options_.data_dir = folder_.path() + "/log"; }

void RocksdbStoreFixture::Open() {
  absl::StatusOr<std::unique_ptr<RocksdbStore>> store = RocksdbStore::Open(options_);
  ASSERT_TRUE(store.ok()) << store.status();
  store_ = *std::move(store);
}

void RocksdbStoreFixture::Reopen() {
  Close();
  Open();
}

std::vector<TestEvent> RocksdbStoreFixture::NextEvents(const std::vector<absl::Time>& receive_times, size_t padding) {
  std::vector<TestEvent> events;
  for (const absl::Time receive_time : receive_times) {
    EventSpec spec;
    spec.name = absl::StrCat("e", names_++);
    spec.receive_time = receive_time;
    spec.padding = padding;
    const NewEvent event = MakeEvent(spec);
    events.push_back({event.id, event.receive_time, event.encoded});
  }
  return events;
}

Store::Removed RocksdbStoreFixture::Add(const std::vector<TestEvent>& events, absl::Time log_time, uint64_t beyond) {
  added_.push_back(ChunkAfter(newest(), store_->Info().epoch, log_time, events, beyond));
  const absl::StatusOr<Store::Removed> removed = store_->Add(added_.back().chunk, added_.back().keys);
  EXPECT_TRUE(removed.ok()) << removed.status();
  return removed.value_or(Store::Removed());
}

Store::Removed RocksdbStoreFixture::Trim(absl::Time now) {
  const absl::StatusOr<Store::Removed> removed = store_->Trim(now);
  EXPECT_TRUE(removed.ok()) << removed.status();
  return removed.value_or(Store::Removed());
}

size_t RocksdbStoreFixture::FirstWithin(int64_t max_bytes) const {
  size_t first = added_.size() - 1;
  auto bytes = static_cast<int64_t>(added_[first].chunk->bytes.size());
  while (first > 0 && bytes + static_cast<int64_t>(added_[first - 1].chunk->bytes.size()) <= max_bytes)
    bytes += static_cast<int64_t>(added_[--first].chunk->bytes.size());
  return first;
}

void RocksdbStoreFixture::ExpectHolds(size_t first) {
  SCOPED_TRACE(absl::StrCat("the oldest of ", added_.size(), " is the chunk at index ", first));
  ExpectInfo(first);
  ExpectGone(first);
  ExpectThere(first);
}

void RocksdbStoreFixture::ExpectInfo(size_t first) const {
  int64_t events = 0;
  int64_t bytes = 0;
  absl::optional<absl::Time> oldest_time;
  absl::optional<absl::Time> newest_time;
  for (size_t i = first; i < added_.size(); ++i) {
    events += static_cast<int64_t>(added_[i].keys.size());
    bytes += static_cast<int64_t>(added_[i].chunk->bytes.size());
    if (added_[i].keys.empty()) continue;
    if (!oldest_time.has_value()) oldest_time = added_[i].keys.front().receive_time;
    newest_time = added_[i].keys.back().receive_time;
  }
  const LogInfo info = store_->Info();
  EXPECT_EQ(info.oldest, Before(first));
  EXPECT_EQ(info.newest, newest());
  EXPECT_EQ(info.events, events);
  EXPECT_EQ(info.bytes, bytes);
  EXPECT_EQ(info.oldest_time, oldest_time);
  EXPECT_EQ(info.newest_time, newest_time);
  EXPECT_EQ(info.durability, LogInfo::Durability::kDisk);
  EXPECT_EQ(store_->log_time(), added_.empty() ? absl::InfinitePast() : added_.back().chunk->log_time);
  EXPECT_EQ(Resolve(StartAtEarliest()), Before(first));
  EXPECT_EQ(Resolve(StartAtLatest()), newest());
  EXPECT_EQ(Resolve(StartAtTime{absl::InfinitePast()}), Before(first));
  EXPECT_EQ(Resolve(StartAtLastN{1000000}), Before(first));
}

void RocksdbStoreFixture::ExpectGone(size_t first) const {
  for (size_t i = 0; i < first; ++i) {
    const Position expired = Before(i);
    const absl::Status read = store_->Read(expired, ReadLimits()).status();
    const absl::Status resolved = store_->Resolve(StartAfter{expired}).status();
    EXPECT_EQ(ReasonOf(read), v1::ERROR_REASON_CURSOR_EXPIRED) << read << ", chunk " << i;
    EXPECT_EQ(ReasonOf(resolved), v1::ERROR_REASON_CURSOR_EXPIRED) << resolved << ", chunk " << i;
    for (const Store::Key& key : added_[i].keys) {
      EXPECT_TRUE(absl::IsNotFound(store_->Find(key.id).status())) << "chunk " << i;
      EXPECT_FALSE(store_->PositionsOf({key.id}, absl::InfinitePast())->front().has_value()) << "chunk " << i;
    }
  }
}

void RocksdbStoreFixture::ExpectThere(size_t first) const {
  const absl::StatusOr<std::vector<SharedChunk>> chunks = ReadAll(Before(first));
  ASSERT_TRUE(chunks.ok()) << chunks.status();
  ASSERT_EQ(chunks->size(), added_.size() - first);
  for (size_t i = first; i < added_.size(); ++i) {
    const Chunk& chunk = *added_[i].chunk;
    const Chunk& read = *(*chunks)[i - first];
    EXPECT_EQ(read.previous, chunk.previous);
    EXPECT_EQ(read.last, chunk.last);
    EXPECT_EQ(read.log_time, chunk.log_time);
    EXPECT_EQ(read.bytes, chunk.bytes);
    EXPECT_EQ(Resolve(StartAfter{chunk.last}), chunk.last);
    for (size_t event = 0; event < added_[i].keys.size(); ++event) {
      const EventId& id = added_[i].keys[event].id;
      EXPECT_EQ(store_->Find(id).value_or("none"), chunk.Event(chunk.entries[event])) << "chunk " << i;
      EXPECT_EQ(store_->PositionsOf({id}, chunk.log_time)->front(), chunk.entries[event].position) << "chunk " << i;
    }
  }
}

absl::StatusOr<std::vector<SharedChunk>> RocksdbStoreFixture::ReadAll(Position after, ReadLimits limits) const {
  std::vector<SharedChunk> chunks;
  for (bool at_end = false; !at_end;) {
    const absl::StatusOr<ReadResult> result = store_->Read(after, limits);
    if (!result.ok()) return result.status();
    chunks.insert(chunks.end(), result->chunks.begin(), result->chunks.end());
    if (!result->at_end && result->next <= after) return absl::InternalError("reading does not go on");
    after = result->next;
    at_end = result->at_end;
  }
  return chunks;
}

std::vector<Position> RocksdbStoreFixture::PositionsAfter(Position after,
                                                          const std::function<bool(absl::string_view)>& matches) const {
  std::vector<Position> positions;
  for (const TestChunk& added : added_) {
    for (const Entry& entry : added.chunk->entries) {
      if (entry.position > after && (!matches || matches(added.chunk->Event(entry))))
        positions.push_back(entry.position);
    }
  }
  return positions;
}

Position RocksdbStoreFixture::Resolve(const StartAt& start) const {
  const absl::StatusOr<Position> position = store_->Resolve(start);
  EXPECT_TRUE(position.ok()) << position.status();
  return position.value_or(Position());
}

}  // namespace ampstream
