#ifndef AMPSTREAM_TESTS_LOG_TEST_CHUNKS_H_
#define AMPSTREAM_TESTS_LOG_TEST_CHUNKS_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "server/event/cursor.h"
#include "server/event/event_id.h"
#include "server/event/position.h"
#include "server/log/chunk.h"
#include "server/log/chunk_builder.h"
#include "server/log/store.h"

namespace ampstream {

// An event of which nothing matters but these; `encoded` need not be a v1.Event.
struct TestEvent {
  EventId id;
  absl::Time receive_time;
  std::string encoded;
};

// A chunk and what a store is told with it.
struct TestChunk {
  SharedChunk chunk;
  std::vector<Store::Key> keys;
};

// The chunk that follows on `previous` as a log makes it: the positions are (group << 16 | index). `beyond`: how far it
// reaches past its last event.
inline TestChunk ChunkAfter(Position previous, Epoch epoch, absl::Time log_time, const std::vector<TestEvent>& events,
                            uint64_t beyond = 0) {
  const uint64_t first = ((previous.value() >> 16) + 1) << 16;
  ChunkBuilder builder(epoch, previous);
  TestChunk made;
  for (size_t i = 0; i < events.size(); ++i) {
    builder.Add(Position(first | i), events[i].encoded);
    made.keys.push_back({events[i].id, events[i].receive_time});
  }
  const uint64_t last = events.empty() ? first : first | (events.size() - 1);
  made.chunk = std::move(builder).Build(Position(last + beyond), log_time);
  return made;
}

}  // namespace ampstream

#endif  // AMPSTREAM_TESTS_LOG_TEST_CHUNKS_H_
