#include "tests/testing/hostile_log.h"

#include <gtest/gtest.h>

#include <set>

#include "server/base/clock.h"
#include "tests/testing/append.h"
#include "tests/testing/collecting_listener.h"
#include "tests/testing/events.h"

namespace ampstream {
namespace {

TEST(HostileLogTest, DoesAllThatALogIsAllowedToDo) {
  HostileLog log(HostileLog::Options(), Clock::Real());
  CollectingListener listener;
  ASSERT_TRUE(log.Start(&listener).ok());
  log.SetState({false, true, "disk full", absl::Seconds(5)});
  int errors = 0;
  for (const std::string& name : Names("e", 200)) errors += AppendOnce(log, MakeEvents({name})).ok() ? 0 : 1;
  log.Stop(absl::InfiniteFuture());
  bool empty_chunk = false;
  bool gap = false;
  int foreign = 0;
  std::set<std::string> own;
  for (const SharedChunk& chunk : listener.chunks()) {
    empty_chunk |= chunk->entries.empty();
    gap |= !chunk->entries.empty() && chunk->entries[0].position.value() > chunk->previous.value() + 1;
    for (const v1::Event& event : EventsOf(*chunk)) {
      const std::string& name = event.events_track().event_type();
      if (name.rfind("foreign", 0) == 0) {
        ++foreign;
      } else {
        EXPECT_TRUE(own.insert(name).second) << name << " twice";
      }
    }
  }
  EXPECT_TRUE(empty_chunk);
  EXPECT_TRUE(gap);
  EXPECT_GT(foreign, 0);
  EXPECT_GT(errors, 0);
  EXPECT_EQ(errors, log.failures());
  EXPECT_EQ(own.size(), 200u) << "what was answered with an error turned up";
  EXPECT_EQ(listener.states().size(), 1u);
}

}  // namespace
}  // namespace ampstream
