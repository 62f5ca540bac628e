#include "server/log/memory_log.h"

#include <gtest/gtest.h>

#include <future>
#include <memory>

#include "absl/strings/str_cat.h"
#include "server/base/clock.h"
#include "tests/testing/append.h"
#include "tests/testing/events.h"

namespace ampstream {
namespace {

TEST(MemoryLogTest, RefusesMoreWaitingBytesThanAllowed) {
  MemoryLog::Options options;
  options.max_waiting_bytes = 10;
  MemoryLog log(options, Clock::Real());
  EXPECT_TRUE(absl::IsResourceExhausted(AppendOnce(log, MakeEvents({"a"})).status()));
  EXPECT_EQ(log.Info().events, 0);
}

TEST(MemoryLogTest, RefusesMoreEventsThanAGroupCanNumber) {
  MemoryLog log(MemoryLog::Options(), Clock::Real());
  const std::vector<NewEvent> events(1 << 16, MakeEvent(EventSpec()));
  EXPECT_TRUE(absl::IsResourceExhausted(AppendOnce(log, events).status()));
}

TEST(MemoryLogTest, KeepsTheNewestDeliveryEvenIfItAloneIsLargerThanItsSize) {
  MemoryLog::Options options;
  options.max_bytes = 1;
  MemoryLog log(options, Clock::Real());
  ASSERT_TRUE(AppendOnce(log, MakeEvents({"a"})).ok());
  ASSERT_TRUE(AppendOnce(log, MakeEvents({"b", "c"})).ok());
  EXPECT_EQ(log.Info().events, 2);
}

TEST(MemoryLogTest, StaysWithinItsSizeInMemory) {
  MemoryLog::Options options;
  options.max_bytes = 1 << 20;
  MemoryLog log(options, Clock::Real());
  for (const std::string& name : Names("e", 5000)) ASSERT_TRUE(AppendOnce(log, MakeEvents({name})).ok());
  EXPECT_LT(log.Info().bytes, options.max_bytes);
  EXPECT_LT(log.Info().events, 5000);
  EXPECT_GT(log.Info().events, 500);
}

TEST(MemoryLogTest, ClosesAGroupBeforeItsChunkIsLarge) {
  MemoryLog log(MemoryLog::Options(), Clock::Real());
  std::promise<void> release;
  // While its answer is held up, the commit thread takes nothing, and all of these wait at once.
  log.Append(MakeEvents({"first"}), absl::InfiniteFuture(),
             [held = release.get_future().share()](absl::StatusOr<std::vector<Appended>>) { held.wait(); });
  EventSpec spec;
  spec.padding = 600000;
  for (int i = 0; i < 6; ++i) {
    spec.name = absl::StrCat("large", i);
    log.Append({MakeEvent(spec)}, absl::InfiniteFuture(), [](absl::StatusOr<std::vector<Appended>>) {});
  }
  release.set_value();
  log.Stop(absl::InfiniteFuture());
  ReadLimits limits;
  limits.max_bytes = 64 << 20;
  size_t events = 0;
  const absl::StatusOr<ReadResult> read = log.Read(Position(), limits);
  ASSERT_TRUE(read.ok());
  for (const SharedChunk& chunk : read->chunks) {
    EXPECT_LT(chunk->bytes.size(), size_t{1} << 20);
    events += chunk->entries.size();
  }
  EXPECT_EQ(events, 7u);
}

TEST(MemoryLogTest, HasAnEpochOfItsOwn) {
  MemoryLog one(MemoryLog::Options(), Clock::Real());
  MemoryLog other(MemoryLog::Options(), Clock::Real());
  EXPECT_NE(one.Info().epoch, other.Info().epoch);
}

}  // namespace
}  // namespace ampstream
