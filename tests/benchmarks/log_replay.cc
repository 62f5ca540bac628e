// How fast the log on disk is read from its beginning, and RocksDB alone with a key an event:
//   bazel run -c opt //tests/benchmarks:log_replay
//
// The log makes of what it reads the responses of a stream, RocksDB alone only goes over its values. Both hold the same
// events, are opened anew after they were written, and take turns. Ends with 1 where a reader has not each event once,
// in its order.

#include <grpcpp/support/byte_buffer.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdint>
#include <functional>
#include <future>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "ampstream/v1/event_service.pb.h"
#include "ampstream/v1/filter.pb.h"
#include "server/base/status_macros.h"
#include "server/event/position.h"
#include "server/filter/filter.h"
#include "server/hub/batch.h"
#include "server/hub/hub.h"
#include "server/hub/keyed_chunk.h"
#include "server/hub/subscription.h"
#include "server/log/event_log.h"
#include "server/rpc/response_bytes.h"
#include "tests/benchmarks/folder_files.h"
#include "tests/benchmarks/log_sides.h"
#include "tests/benchmarks/report.h"
#include "tests/benchmarks/track_events.h"
#include "tests/benchmarks/waitable_count.h"
#include "tests/testing/dispatch_threads.h"
#include "tests/testing/temporary_folder.h"

namespace ampstream {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(60);

struct Flags {
  int64_t events = 1000000;
  int64_t group = 128;
  int rounds = 5;
  bool uncompressed = false;
};

// What a reader came by.
struct Seen {
  int64_t events = 0;
  int64_t bytes = 0;
};

// One way of reading, over all its turns.
struct Way {
  std::string name;
  int64_t events_expected;
  std::function<absl::StatusOr<Seen>()> read;
  std::vector<double> rates = {};  // Of the events that are there, not of those that match.
  std::vector<double> cpu = {};
  Seen seen = {};
};

// The encoded responses of a stream, counted and dropped.
class Responses {
 public:
  absl::Status Add(const Batch& batch) {
    if (batch.resume < resume_) return absl::DataLossError("a response steps back");
    resume_ = batch.resume;
    v1::SubscribeResponse rest;
    rest.set_cursor("A234567890123456789012345678");  // As long as one is.
    seen_.events += batch.events;
    seen_.bytes += static_cast<int64_t>(ResponseBytes(batch, rest).Length());
    return absl::OkStatus();
  }
  Seen seen() const { return seen_; }

 private:
  Position resume_;
  Seen seen_;
};

absl::StatusOr<Selection> Select(const v1::EventFilter& filter) {
  Selection selection;
  AMPSTREAM_ASSIGN_OR_RETURN(selection.filter, Filter::Compile(filter));
  return selection;
}

// Adds the whole chunk, over as many responses as that takes.
absl::Status AddChunk(const KeyedChunk& chunk, const Selection& selection, Batch* batch, Responses* responses) {
  while (!AddMatching(chunk, selection, BatchLimits(), batch)) {
    AMPSTREAM_RETURN_IF_ERROR(responses->Add(*batch));
    const Position resume = batch->resume;
    *batch = Batch();
    batch->resume = resume;
  }
  return absl::OkStatus();
}

// OK: the log holds the events that Fill made, in their order, each once.
absl::Status CheckOrder(EventLog& log, int64_t events) {
  AMPSTREAM_ASSIGN_OR_RETURN(TrackEvents made, TrackEvents::Make());
  Position after;
  for (bool at_end = false; !at_end;) {
    AMPSTREAM_ASSIGN_OR_RETURN(const ReadResult result, log.Read(after, ReadLimits()));
    for (const SharedChunk& chunk : result.chunks) {
      for (const Entry& entry : chunk->entries) {
        // The log has added the event's cursor behind what it was given.
        if (absl::StartsWith(chunk->Event(entry), made.Next(1).front().encoded)) continue;
        return absl::DataLossError(absl::StrCat("another event stands at place ", made.made() - 1, " of the log"));
      }
    }
    after = result.next;
    at_end = result.at_end;
  }
  if (made.made() == events) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat("the log holds ", made.made(), " events of ", events));
}

// From the log itself: each chunk is read once.
absl::StatusOr<Seen> ReadLog(EventLog& log, const Selection& selection) {
  Responses responses;
  Batch batch;
  Position after;
  for (bool at_end = false; !at_end;) {
    AMPSTREAM_ASSIGN_OR_RETURN(const ReadResult result, log.Read(after, ReadLimits()));
    for (const SharedChunk& chunk : result.chunks) {
      AMPSTREAM_RETURN_IF_ERROR(AddChunk(KeyedChunk(chunk), selection, &batch, &responses));
    }
    after = result.next;
    at_end = result.at_end;
  }
  AMPSTREAM_RETURN_IF_ERROR(responses.Add(batch));
  return responses.seen();
}

absl::StatusOr<std::shared_ptr<Subscription>> SubscribeFromEarliest(Hub& hub, const Selection& selection,
                                                                    std::function<void()> wake) {
  const auto answer = std::make_shared<std::promise<absl::StatusOr<std::shared_ptr<Subscription>>>>();
  SubscriptionOptions options{selection, BatchLimits(), true, 0};
  hub.Subscribe(StartAtEarliest(), options, std::move(wake), nullptr,
                [answer](absl::StatusOr<std::shared_ptr<Subscription>> made) { answer->set_value(std::move(made)); });
  return answer->get_future().get();
}

// As a stream does that takes each response at once: by a subscription, which a reader thread of the hub serves.
absl::StatusOr<Seen> ReadSubscription(Hub& hub, const Selection& selection) {
  const auto woken = std::make_shared<WaitableCount>();  // Of the hub too: it may still be waking when this returns.
  AMPSTREAM_ASSIGN_OR_RETURN(const std::shared_ptr<Subscription> subscription,
                             SubscribeFromEarliest(hub, selection, [woken] { woken->Add(); }));
  Responses responses;
  for (int64_t wakes = 0;;) {
    const absl::optional<Batch> batch = subscription->Pull();
    if (!batch.has_value()) {
      if (!woken->AwaitAtLeast(++wakes, kPatience)) return absl::DeadlineExceededError("a subscription stands still");
      continue;
    }
    AMPSTREAM_RETURN_IF_ERROR(responses.Add(*batch));
    if (!batch->end.has_value()) continue;
    subscription->Cancel();
    AMPSTREAM_RETURN_IF_ERROR(*batch->end);
    return responses.seen();
  }
}

absl::Status Turn(const Flags& flags, Way* way) {
  const absl::Time start = absl::Now();
  const absl::Duration cpu_before = CpuTimeOfThisProcess();
  AMPSTREAM_ASSIGN_OR_RETURN(way->seen, way->read());
  const absl::Duration elapsed = absl::Now() - start;
  const absl::Duration cpu = CpuTimeOfThisProcess() - cpu_before;
  if (way->seen.events != way->events_expected) {
    return absl::DataLossError(
        absl::StrCat(way->name, ": ", way->seen.events, " events instead of ", way->events_expected));
  }
  const auto events = static_cast<double>(flags.events);
  way->rates.push_back(events / absl::ToDoubleSeconds(elapsed));
  way->cpu.push_back(absl::ToDoubleSeconds(cpu) / events * 1e6);
  return absl::OkStatus();
}

absl::Status Fill(const Flags& flags, LogSide& side) {
  AMPSTREAM_ASSIGN_OR_RETURN(TrackEvents events, TrackEvents::Make());
  while (events.made() < flags.events) {
    AMPSTREAM_RETURN_IF_ERROR(side.Append(events.Next(std::min(flags.group, flags.events - events.made()))));
  }
  return absl::OkStatus();
}

// Both sides on disk, opened anew after they were filled.
struct Data {
  std::unique_ptr<TemporaryFolder> folder;
  std::unique_ptr<ServerLog> server;
  std::unique_ptr<BareRocksdb> bare;
};

absl::StatusOr<Data> MakeData(const Flags& flags) {
  Data data;
  data.folder = std::make_unique<TemporaryFolder>();
  BareRocksdb::Options bare_options;
  bare_options.compressed = !flags.uncompressed;
  const std::string server_folder = data.folder->path() + "/server";
  const std::string bare_folder = data.folder->path() + "/bare";
  AMPSTREAM_ASSIGN_OR_RETURN(data.server, ServerLog::Open(server_folder));
  AMPSTREAM_RETURN_IF_ERROR(Fill(flags, *data.server));
  data.server = nullptr;
  AMPSTREAM_ASSIGN_OR_RETURN(data.bare, BareRocksdb::Open(bare_folder, bare_options));
  AMPSTREAM_RETURN_IF_ERROR(Fill(flags, *data.bare));
  data.bare = nullptr;
  AMPSTREAM_ASSIGN_OR_RETURN(data.server, ServerLog::Open(server_folder));
  AMPSTREAM_ASSIGN_OR_RETURN(data.bare, BareRocksdb::Open(bare_folder, bare_options));
  return data;
}

void PrintResult(const std::vector<Way>& ways) {
  PrintHead({"way of reading", "M events/s", "of RocksDB's", "wanted", "CPU s a million", "events given", "MB given"});
  for (const Way& way : ways) {
    PrintRow({way.name, absl::StrFormat("%.2f", Median(way.rates) / 1e6),
              absl::StrFormat("%.2f", Median(way.rates) / Median(ways[0].rates)), &way == &ways[1] ? "over 1.00" : "",
              absl::StrFormat("%.2f", Median(way.cpu)), absl::StrCat(way.seen.events),
              absl::StrFormat("%.1f", static_cast<double>(way.seen.bytes) / 1e6)});
  }
}

// RocksDB alone is the first, the log's unfiltered replay the second.
absl::StatusOr<std::vector<Way>> MakeWays(const Flags& flags, const Data& data, Hub& hub) {
  v1::EventFilter one_user;
  one_user.add_user_ids(TrackEvents::UserId(0));
  AMPSTREAM_ASSIGN_OR_RETURN(const Selection all, Select({}));
  AMPSTREAM_ASSIGN_OR_RETURN(const Selection some, Select(one_user));
  const int64_t of_one_user = (flags.events + TrackEvents::kUsers - 1) / TrackEvents::kUsers;
  const auto scan = [&bare = *data.bare]() -> absl::StatusOr<Seen> {
    AMPSTREAM_ASSIGN_OR_RETURN(const BareRocksdb::Scanned scanned, bare.Scan());
    return Seen{scanned.events, scanned.bytes};
  };
  EventLog& log = data.server->log();
  return std::vector<Way>{
      {"RocksDB alone, a scan", flags.events, scan},
      {"log, all", flags.events, [&log, all] { return ReadLog(log, all); }},
      {"log, one user in 1,000", of_one_user, [&log, some] { return ReadLog(log, some); }},
      {"subscription, all", flags.events, [&hub, all] { return ReadSubscription(hub, all); }},
      {"subscription, one user in 1,000", of_one_user, [&hub, some] { return ReadSubscription(hub, some); }},
  };
}

absl::Status Run(const Flags& flags) {
  AMPSTREAM_ASSIGN_OR_RETURN(const Data data, MakeData(flags));
  AMPSTREAM_RETURN_IF_ERROR(CheckOrder(data.server->log(), flags.events));
  AMPSTREAM_ASSIGN_OR_RETURN(const std::unique_ptr<Hub> hub, Hub::Start(data.server->log(), Hub::Options()));
  DispatchThreads dispatch(*hub);
  AMPSTREAM_ASSIGN_OR_RETURN(std::vector<Way> ways, MakeWays(flags, data, *hub));
  absl::Status status;
  for (int round = 0; round < flags.rounds && status.ok(); ++round) {
    for (Way& way : ways) status.Update(Turn(flags, &way));
  }
  hub->Stop();
  data.server->log().Stop(absl::Now() + kPatience);
  AMPSTREAM_RETURN_IF_ERROR(status);
  PrintConditionsOnDisk(absl::StrFormat(
      "%d events, appended in groups of %d; on disk %.0f MB, RocksDB alone %.0f MB%s; "
      "median of %d turns, from the page cache",
      flags.events, flags.group, static_cast<double>(FolderBytes(data.folder->path() + "/server")) / 1e6,
      static_cast<double>(FolderBytes(data.folder->path() + "/bare")) / 1e6, flags.uncompressed ? "" : " (by Snappy)",
      flags.rounds));
  PrintResult(ways);
  return absl::OkStatus();
}

}  // namespace
}  // namespace ampstream

int main(int argc, char** argv) {
  ampstream::Flags flags;
  CLI::App app("Measures the replay of the log, and a scan of RocksDB alone");
  app.add_option("--events", flags.events, "in the log")->capture_default_str();
  app.add_option("--group", flags.group, "events appended at once")->capture_default_str();
  app.add_option("--rounds", flags.rounds, "turns of each way")->capture_default_str()->check(CLI::PositiveNumber);
  app.add_flag("--uncompressed", flags.uncompressed, "RocksDB alone not compressed; else by its default");
  CLI11_PARSE(app, argc, argv);
  const absl::Status status = ampstream::Run(flags);
  if (!status.ok()) std::cerr << "log_replay: " << status << "\n";
  return status.ok() ? 0 : 1;
}
