// What an event costs the hub when many subscriptions each ask for a user who is not there, beside one whose is:
//   bazel run -c opt //tests/benchmarks:filtered_hub
//
// In one process, over the log in memory. Ends with 1 where a subscription does not get its events, each once.

#include <CLI/CLI.hpp>
#include <ctime>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/base/status_macros.h"
#include "server/hub/hub.h"
#include "server/log/memory_log.h"
#include "tests/benchmarks/report.h"
#include "tests/benchmarks/track_events.h"
#include "tests/benchmarks/waitable_count.h"
#include "tests/testing/dispatch_threads.h"

namespace ampstream {
namespace {

struct Flags {
  int64_t events = 200000;
  int64_t group = 100;
  int rounds = 5;
};

// A subscription that takes all that it is woken for.
class Reader {
 public:
  Reader(Hub& hub, const std::string& user_id, WaitableCount* given) : given_(given) {
    v1::EventFilter filter;
    filter.set_expression(absl::StrCat("user_id = \"", user_id, "\""));
    SubscriptionOptions options;
    options.selection.filter = *Filter::Compile(filter);
    hub.Subscribe(
        StartAtLatest(), std::move(options), [this] { Drain(); }, nullptr,
        [this](absl::StatusOr<std::shared_ptr<Subscription>> made) { subscription_ = *std::move(made); });
    Drain();
  }
  ~Reader() { subscription_->Cancel(); }

 private:
  void Drain() {
    for (absl::optional<Batch> batch; (batch = subscription_->Pull()).has_value();) given_->Add(batch->events);
  }

  WaitableCount* const given_;
  std::shared_ptr<Subscription> subscription_;
};

absl::Duration CpuTime() {
  timespec time = {};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return absl::DurationFromTimespec(time);
}

struct Figures {
  double us = 0;      // An event.
  double cpu_us = 0;  // An event, over all threads.
};

absl::StatusOr<Figures> Round(const Flags& flags, int subscriptions) {
  MemoryLog log(MemoryLog::Options(), Clock::Real());
  AMPSTREAM_ASSIGN_OR_RETURN(const std::unique_ptr<Hub> hub, Hub::Start(log, Hub::Options()));
  AMPSTREAM_ASSIGN_OR_RETURN(TrackEvents events, TrackEvents::Make());
  WaitableCount given;
  std::vector<std::unique_ptr<Reader>> readers;
  // The first one's user is there, those of the others are not: what is measured is that they are not asked.
  for (int i = 0; i < subscriptions; ++i)
    readers.push_back(
        std::make_unique<Reader>(*hub, TrackEvents::UserId(i == 0 ? 0 : TrackEvents::kUsers + i), &given));
  auto dispatch = std::make_unique<DispatchThreads>(*hub);
  std::vector<std::vector<NewEvent>> deliveries;
  for (int64_t i = 0; i < flags.events; i += flags.group) deliveries.push_back(events.Next(flags.group));
  WaitableCount appended;
  const absl::Time start = absl::Now();
  const absl::Duration cpu = CpuTime();
  for (std::vector<NewEvent>& delivery : deliveries) {
    log.Append(std::move(delivery), absl::InfiniteFuture(),
               [&appended](absl::StatusOr<std::vector<Appended>> answer) { appended.Add(answer.ok() ? 1 : 0); });
    if (!appended.AwaitAtLeast(static_cast<int64_t>(&delivery - deliveries.data()) + 1, absl::Seconds(30)))
      return absl::DeadlineExceededError("the log took too long");
  }
  const int64_t expected = flags.events / TrackEvents::kUsers;  // Users come in turn.
  if (!given.AwaitAtLeast(expected, absl::Seconds(30))) return absl::DataLossError("an event was not given");
  const Figures figures = {absl::ToDoubleMicroseconds(absl::Now() - start) / static_cast<double>(flags.events),
                           absl::ToDoubleMicroseconds(CpuTime() - cpu) / static_cast<double>(flags.events)};
  log.Stop(absl::InfiniteFuture());
  dispatch = nullptr;  // It may still be calling a reader.
  readers.clear();
  hub->Stop();
  return figures;
}

absl::Status Run(const Flags& flags) {
  PrintConditions(absl::StrCat(flags.events, " events in groups of ", flags.group, ", users in turn, median of ",
                               flags.rounds, " rounds"),
                  "in one process, without a network; log in memory");
  PrintHead({"subscriptions, each with a user of its own", "us an event", "of one subscription's", "CPU us an event",
             "of one subscription's"});
  Figures one;
  for (const int subscriptions : {1, 10, 1000, 10000}) {
    std::vector<double> us;
    std::vector<double> cpu_us;
    for (int round = 0; round < flags.rounds; ++round) {
      AMPSTREAM_ASSIGN_OR_RETURN(const Figures figures, Round(flags, subscriptions));
      us.push_back(figures.us);
      cpu_us.push_back(figures.cpu_us);
    }
    const Figures median = {Median(us), Median(cpu_us)};
    if (subscriptions == 1) one = median;
    PrintRow({absl::StrCat(subscriptions), absl::StrFormat("%.2f", median.us),
              absl::StrFormat("%.2f", median.us / one.us), absl::StrFormat("%.2f", median.cpu_us),
              absl::StrFormat("%.2f", median.cpu_us / one.cpu_us)});
  }
  return absl::OkStatus();
}

}  // namespace
}  // namespace ampstream

int main(int argc, char** argv) {
  ampstream::Flags flags;
  CLI::App app("Measures what an event costs beside many filters");
  app.add_option("--events", flags.events, "a round; a multiple of 1,000")->capture_default_str();
  app.add_option("--group", flags.group, "events in one delivery")->capture_default_str();
  app.add_option("--rounds", flags.rounds, "of each")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  const absl::Status status = ampstream::Run(flags);
  if (!status.ok()) std::cerr << "filtered_hub: " << status << "\n";
  return status.ok() ? 0 : 1;
}
