#include "server/hub/hub.h"

#include <utility>

#include "server/base/status_macros.h"

namespace ampstream {

absl::StatusOr<std::unique_ptr<Hub>> Hub::Start(EventLog& log, const Options& options) {
  std::unique_ptr<Hub> hub(new Hub(log, options));
  AMPSTREAM_ASSIGN_OR_RETURN(const Position end, log.Start(hub.get()));
  hub->live_.StandAt(end);
  return hub;
}

Hub::Hub(EventLog& log, const Options& options)
    : log_(log), live_(options.tail_bytes), readers_(options.reader_threads) {
  for (int i = 0; i < options.dispatch_threads; ++i) dispatchers_.emplace_back([this] { DispatchLoop(); });
}

Hub::~Hub() { Stop(); }

void Hub::Subscribe(const StartAt& start, SubscriptionOptions options, std::function<void()> wake,
                    std::function<bool()> wanted, Done done) {
  if (absl::holds_alternative<StartAtLatest>(start)) {
    const Position end = live_.end();
    done(Make(std::move(options), end, end, std::move(wake)));
    return;
  }
  StartAt looked_for = start;
  if (auto* const last = absl::get_if<StartAtLastN>(&looked_for)) last->wanted = wanted;
  readers_.Run([this, looked_for, options = std::move(options), wake = std::move(wake), wanted = std::move(wanted),
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
  readers_.Stop();
  for (std::thread& dispatcher : dispatchers_) dispatcher.join();
  dispatchers_.clear();
}

void Hub::DispatchLoop() {
  while (true) {
    const std::vector<std::shared_ptr<Subscription>> due = live_.WaitForDue();
    if (due.empty()) return;
    for (const std::shared_ptr<Subscription>& subscription : due) subscription->Wake();
  }
}

void Hub::OnCommitted(SharedChunk chunk) { live_.Append(std::make_shared<const KeyedChunk>(std::move(chunk))); }

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
