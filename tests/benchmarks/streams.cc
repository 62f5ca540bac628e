// What open streams cost the server in memory, idle but for heartbeats:
//   bazel run -c opt //tests/benchmarks:streams
//
// Ends with 1 where a stream does not open, ends, or does not get the one event that is sent at the end.

#include <CLI/CLI.hpp>
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
#include "ampstream/v1/event_service.pb.h"
#include "server/base/status_macros.h"
#include "server/ingress/hmac.h"
#include "tests/benchmarks/report.h"
#include "tests/benchmarks/server_process.h"
#include "tests/benchmarks/stream_set.h"
#include "tests/benchmarks/track_json.h"
#include "tests/benchmarks/waitable_count.h"
#include "tests/benchmarks/webhook_sender.h"

namespace ampstream {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(30);
constexpr int kHeartbeatSeconds = 1;  // The shortest that there is.

struct Flags {
  std::string server;
  int streams = 1000;
  std::vector<int> connections = {10, 1};
  int heartbeats = 3;
};

// Counts streams that have had their heartbeats, and events.
class Signals final : public StreamSet::Reader {
 public:
  Signals(int streams, int heartbeats) : wanted_(heartbeats), heartbeats_(static_cast<size_t>(streams), 0) {}

  bool OnResponse(int stream, absl::Time, absl::string_view response) override {
    v1::SubscribeResponse parsed;
    parsed.ParseFromArray(response.data(), static_cast<int>(response.size()));
    if (parsed.has_heartbeat() && ++heartbeats_[static_cast<size_t>(stream)] == wanted_) beaten_.Add();
    for (int i = 0; i < parsed.events_size(); ++i) events_.Add();
    return true;
  }

  bool AwaitHeartbeats() const {
    return beaten_.AwaitAtLeast(static_cast<int64_t>(heartbeats_.size()), kPatience + absl::Seconds(wanted_));
  }
  bool AwaitEvents() const { return events_.AwaitAtLeast(static_cast<int64_t>(heartbeats_.size()), kPatience); }

 private:
  const int wanted_;
  std::vector<int> heartbeats_;  // By stream. The set has one thread.
  WaitableCount beaten_;
  WaitableCount events_;
};

// What the server held, in bytes, and the share of one processor that it took while idle.
struct Held {
  int64_t before = 0;
  int64_t open = 0;
  int64_t after_event = 0;
  double idle_cpu = 0;
};

std::string Megabytes(int64_t bytes) { return absl::StrFormat("%.1f", static_cast<double>(bytes) / 1e6); }

void PrintResult(const Flags& flags, int connections, const Held& held) {
  const int64_t growth = held.open - held.before;
  PrintRow({absl::StrCat(flags.streams, " on ", connections), Megabytes(held.before), Megabytes(held.open),
            Megabytes(growth), absl::StrFormat("%.1f", static_cast<double>(growth) / 1000 / flags.streams),
            Megabytes(held.after_event - held.before), absl::StrFormat("%.1f %%", 100 * held.idle_cpu)});
}

absl::Status SendOne(int http_port) {
  AMPSTREAM_ASSIGN_OR_RETURN(const std::unique_ptr<WebhookSender> sender, WebhookSender::Connect(http_port));
  const HmacKey key(ServerProcess::kSecret);
  return sender->Send(SignedRequest(key, TrackJson({0, 0})), 1);
}

absl::Status Measure(const Flags& flags, int connections) {
  AMPSTREAM_ASSIGN_OR_RETURN(const std::unique_ptr<ServerProcess> server, ServerProcess::Start(flags.server));
  Held held;
  held.before = server->RssBytes();
  Signals signals(flags.streams, flags.heartbeats);
  StreamSet::Options options{server->grpc_address(), flags.streams, connections, 1, {}};
  options.request.mutable_heartbeat_interval()->set_seconds(kHeartbeatSeconds);
  {
    StreamSet streams(options, signals);
    AMPSTREAM_RETURN_IF_ERROR(streams.AwaitSubscribed());
    const absl::Time start = absl::Now();
    const absl::Duration cpu_before = server->CpuTime();
    const bool beaten = signals.AwaitHeartbeats();
    AMPSTREAM_RETURN_IF_ERROR(streams.status());
    if (!beaten) return absl::DataLossError("not every stream got its heartbeats");
    held.idle_cpu = absl::FDivDuration(server->CpuTime() - cpu_before, absl::Now() - start);
    held.open = server->RssBytes();
    AMPSTREAM_RETURN_IF_ERROR(SendOne(server->http_port()));
    if (!signals.AwaitEvents()) return absl::DataLossError("not every stream got the event");
    held.after_event = server->RssBytes();
    AMPSTREAM_RETURN_IF_ERROR(streams.status());
  }
  PrintResult(flags, connections, held);
  return server->Stop();
}

absl::Status Run(const Flags& flags) {
  PrintConditions(absl::StrCat("Resident memory of the server in MB (10^6 bytes), with a heartbeat every second"));
  PrintHead({"streams on connections", "before", "open", "growth", "kB a stream", "growth after an event to all",
             "processor, idle"});
  for (int connections : flags.connections) AMPSTREAM_RETURN_IF_ERROR(Measure(flags, connections));
  return absl::OkStatus();
}

}  // namespace
}  // namespace ampstream

int main(int argc, char** argv) {
  ampstream::Flags flags;
  CLI::App app("Measures the server's memory for open streams");
  app.add_option("--server", flags.server, "path of ampstreamd")->required();
  app.add_option("--streams", flags.streams, "how many")->capture_default_str();
  app.add_option("--connections", flags.connections, "they share so many; several values: one after the other")
      ->capture_default_str();
  app.add_option("--heartbeats", flags.heartbeats, "that each stream must have had before it counts")
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  const absl::Status status = ampstream::Run(flags);
  if (!status.ok()) std::cerr << "streams: " << status << "\n";
  return status.ok() ? 0 : 1;
}
