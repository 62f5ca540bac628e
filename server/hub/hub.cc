#include "server/hub/hub.h"

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include "server/base/status_macros.h"
#include "server/hub/tail.h"

namespace ampstream {

namespace {

constexpr double kMaxGuess = 1e9;
constexpr int64_t kMaxGuessFactor = 4;  // The newest events may be larger than the average. Not read through if so.

// The newest chunks up to `end`, as many as a tail of so many bytes holds; none where they cannot be told apart from
// the rest at little cost. How many events that is, is guessed from their average size.
absl::StatusOr<std::vector<SharedKeyedChunk>> NewestChunks(EventLog& log, Position end, int64_t bytes) {
  const LogInfo info = log.Info();
  if (info.events == 0) return std::vector<SharedKeyedChunk>();
  const double events = static_cast<double>(info.events) * static_cast<double>(bytes) / static_cast<double>(info.bytes);
  const auto n = static_cast<uint32_t>(std::clamp(events, 1.0, kMaxGuess));
  AMPSTREAM_ASSIGN_OR_RETURN(Position after, log.Resolve(StartAtLastN{n}));
  Tail newest(after, bytes);
  for (int64_t read = 0; after < end;) {
    const absl::StatusOr<ReadResult> result = log.Read(after, ReadLimits());
    if (absl::IsOutOfRange(result.status()) || read > kMaxGuessFactor * bytes) return std::vector<SharedKeyedChunk>();
    if (!result.ok()) return result.status();
    for (const SharedChunk& chunk : result->chunks) {
      read += static_cast<int64_t>(chunk->bytes.size());
      if (chunk->last <= end) newest.Append(std::make_shared<const KeyedChunk>(chunk));
    }
    after = result->next;
  }
  std::vector<SharedKeyedChunk> chunks;
  newest.After(newest.begin(), std::numeric_limits<size_t>::max(), &chunks);
  return chunks;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Hub>> Hub::Start(EventLog& log, const Options& options) {
  std::unique_ptr<Hub> hub(new Hub(log, options));
  AMPSTREAM_ASSIGN_OR_RETURN(const Position end, log.Start(hub.get()));
  AMPSTREAM_ASSIGN_OR_RETURN(const std::vector<SharedKeyedChunk> newest, NewestChunks(log, end, options.tail_bytes));
  hub->live_.StandAt(end, newest);
  return hub;
}

Hub::Hub(EventLog& log, const Options& options)
    : log_(log), live_(options.tail_bytes), readers_(options.reader_threads), searchers_(options.search_threads) {}

Hub::~Hub() { Stop(); }

void Hub::Subscribe(const StartAt& start, SubscriptionOptions options, std::function<void()> wake,
                    std::function<bool()> wanted, Done done) {
  if (absl::holds_alternative<StartAtLatest>(start)) {
    const Position end = live_.end();
    done(Make(std::move(options), end, end, std::move(wake)));
    return;
  }
  StartAt looked_for = start;
  auto* const last = absl::get_if<StartAtLastN>(&looked_for);
  if (last != nullptr) last->wanted = wanted;
  // A search may read through the whole log: it must not hold up those who read on from where they are.
  ReaderPool& pool = last != nullptr ? searchers_ : readers_;
  pool.Run([this, looked_for, options = std::move(options), wake = std::move(wake), wanted = std::move(wanted),
            done = std::move(done)] {
    if (wanted && !wanted()) return done(absl::CancelledError("nobody waits for it any more"));
    const absl::StatusOr<Position> position = log_.Resolve(looked_for);
    if (!position.ok()) return done(position.status());
    done(Make(options, *position, log_.Info().newest, wake));
  });
}

std::shared_ptr<Subscription> Hub::Make(SubscriptionOptions options, Position position, Position target,
                                        std::function<void()> wake) {
  return std::make_shared<Subscription>(std::move(options), position, target, std::move(wake), log_, live_, readers_);
}

void Hub::Stop() {
  live_.Stop();
  searchers_.Stop();
  readers_.Stop();
}

void Hub::SetDispatcher(std::function<void()> ask) {
  MutexLock lock(&dispatcher_mutex_);
  ask_dispatcher_ = std::move(ask);
  if (ask_dispatcher_) ask_dispatcher_();  // There may be work already.
}

void Hub::AskDispatcher() {
  MutexLock lock(&dispatcher_mutex_);
  if (ask_dispatcher_) ask_dispatcher_();
}

// The next thread is asked for first, so that both work at once.
void Hub::Dispatch() {
  const LiveEnd::Due due = live_.TakeDue();
  if (due.more) AskDispatcher();
  for (const std::shared_ptr<Subscription>& subscription : due.subscriptions) subscription->Wake();
}

void Hub::OnCommitted(SharedChunk chunk) {
  if (live_.Append(std::make_shared<const KeyedChunk>(std::move(chunk)))) AskDispatcher();
}

// A position that retention has overtaken is refused when it is read from.
void Hub::OnTrimmed(Position) {}

void Hub::OnState(const LogState& state) {
  MutexLock lock(&mutex_);
  state_ = state;
}

LogState Hub::state() const {
  MutexLock lock(&mutex_);
  return state_;
}

}  // namespace ampstream
