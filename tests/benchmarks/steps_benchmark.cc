// What the steps of an event's way cost, each alone, in Google Benchmark's terms:
//   bazel run -c opt //tests/benchmarks:steps_benchmark
//
// Translating and filtering have programs of their own; log_append has the log on disk.

#include <benchmark/benchmark.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "ampstream/v1/event.pb.h"
#include "server/base/clock.h"
#include "server/event/event_keys.h"
#include "server/ingress/hmac.h"
#include "server/log/chunk_builder.h"
#include "server/log/memory_log.h"
#include "tests/benchmarks/track_events.h"
#include "tests/benchmarks/track_json.h"
#include "tests/benchmarks/waitable_count.h"

namespace ampstream {
namespace {

constexpr int64_t kEvents = 100;

std::vector<NewEvent> Events() { return TrackEvents::Make().value().Next(kEvents); }

// The signature of a webhook's body.
void Verify(benchmark::State& state) {
  const HmacKey key("secret");
  const std::string body = state.range(0) == 1 ? TrackJson({7, 0}) : TrackArrayJson(0, state.range(0));
  for (auto unused : state) benchmark::DoNotOptimize(key.Sign(body));
  state.SetBytesProcessed(static_cast<int64_t>(body.size()) * state.iterations());
}
BENCHMARK(Verify)->Arg(1)->Arg(kEvents);

// A typed event to its bytes.
void Encode(benchmark::State& state) {
  v1::Event event;
  event.ParseFromString(Events()[0].encoded);
  std::string bytes;
  for (auto unused : state) {
    event.SerializeToString(&bytes);
    benchmark::DoNotOptimize(bytes.data());
  }
}
BENCHMARK(Encode);

SharedChunk MakeChunk(const std::vector<NewEvent>& events) {
  ChunkBuilder builder(Epoch(1), Position(0));
  uint64_t position = 0;
  for (const NewEvent& event : events) builder.Add(Position(++position), event.encoded);
  return std::move(builder).Build(Position(position), absl::UnixEpoch());
}

// A hundred events to the bytes that all subscribers share.
void Chunk(benchmark::State& state) {
  const std::vector<NewEvent> events = Events();
  for (auto unused : state) benchmark::DoNotOptimize(MakeChunk(events));
  state.SetItemsProcessed(kEvents * state.iterations());
}
BENCHMARK(Chunk);

// What subscribers choose by, of a hundred events.
void Keys(benchmark::State& state) {
  const SharedChunk chunk = MakeChunk(Events());
  for (auto unused : state)
    for (const Entry& entry : chunk->entries) benchmark::DoNotOptimize(KeysOf(chunk->Event(entry)));
  state.SetItemsProcessed(kEvents * state.iterations());
}
BENCHMARK(Keys);

// A delivery of a hundred events to a log in memory, until it is answered: two threads take part.
void Append(benchmark::State& state) {
  MemoryLog log(MemoryLog::Options(), Clock::Real());
  TrackEvents events = TrackEvents::Make().value();
  WaitableCount answered;
  int64_t sent = 0;
  for (auto unused : state) {
    state.PauseTiming();
    std::vector<NewEvent> delivery = events.Next(kEvents);
    state.ResumeTiming();
    log.Append(std::move(delivery), absl::InfiniteFuture(),
               [&answered](const absl::StatusOr<std::vector<Appended>>&) { answered.Add(); });
    if (!answered.AwaitAtLeast(++sent, absl::Seconds(10))) state.SkipWithError("no answer");
  }
  log.Stop(absl::InfiniteFuture());
  state.SetItemsProcessed(kEvents * state.iterations());
}
BENCHMARK(Append)->UseRealTime();

}  // namespace
}  // namespace ampstream

BENCHMARK_MAIN();
