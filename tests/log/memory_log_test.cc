#include "server/log/memory_log.h"

#include <gtest/gtest.h>

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

TEST(MemoryLogTest, HasAnEpochOfItsOwn) {
  MemoryLog one(MemoryLog::Options(), Clock::Real());
  MemoryLog other(MemoryLog::Options(), Clock::Real());
  EXPECT_NE(one.Info().epoch, other.Info().epoch);
}

}  // namespace
}  // namespace ampstream
