#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "ampstream/v1/event_service.pb.h"
#include "server/base/status_macros.h"
#include "tests/benchmarks/compare/load.h"
#include "tests/benchmarks/compare/sections.h"
#include "tests/benchmarks/server_process.h"
#include "tests/benchmarks/stream_set.h"
#include "tests/benchmarks/waitable_count.h"

namespace ampstream {
namespace {

constexpr int kStreamsAConnection = 100;
constexpr int kBeats = 2;            // Of every stream, that are watched.
constexpr double kMostCpu = 0.05;    // Of one core.
constexpr double kMostAtOnce = 0.2;  // Of a period's heartbeats, in one second of it.

// Watches the heartbeats of a set of one thread.
class Heartbeats final : public StreamSet::Reader {
 public:
  explicit Heartbeats(int streams) : beats_(static_cast<size_t>(streams), 0) {}

  bool OnResponse(int stream, absl::Time time, absl::string_view response) override {
    v1::SubscribeResponse parsed;
    parsed.ParseFromArray(response.data(), static_cast<int>(response.size()));
    if (!parsed.has_heartbeat()) return true;
    int& beats = beats_[static_cast<size_t>(stream)];
    if (++beats <= kBeats) ++by_second_[absl::ToUnixSeconds(time)];
    if (beats == kBeats) complete_.Add();
    return true;
  }

  bool Await(absl::Duration timeout) const {
    return complete_.AwaitAtLeast(static_cast<int64_t>(beats_.size()), timeout);
  }

  // The share of a period's heartbeats that came in its busiest second. After the set's end.
  double MostAtOnce() const {
    int64_t most = 0;
    for (const auto& second : by_second_) most = std::max(most, second.second);
    return static_cast<double>(most) / static_cast<double>(beats_.size());
  }

 private:
  std::vector<int> beats_;
  std::map<int64_t, int64_t> by_second_;
  WaitableCount complete_;
};

struct Seen {
  double kilobytes = 0;  // A stream.
  double cpu = 0;        // Of one core.
  double most_at_once = 0;
};

absl::StatusOr<Seen> Watch(const Course& course, int connections) {
  const int count = course.plan.idle_streams;
  const absl::Duration heartbeat = course.plan.heartbeat;
  AMPSTREAM_ASSIGN_OR_RETURN(const std::unique_ptr<ServerProcess> server,
                             ServerProcess::Start(course.binaries.ampstreamd));
  Heartbeats heartbeats(count);
  Seen seen;
  StreamSet::Options options{server->grpc_address(), count, connections, 1, {}};
  options.request.mutable_heartbeat_interval()->set_seconds(absl::ToInt64Seconds(heartbeat));
  {
    const int64_t rss_before = server->RssBytes();
    StreamSet streams(options, heartbeats);
    AMPSTREAM_RETURN_IF_ERROR(streams.AwaitSubscribed());
    const absl::Time start = absl::Now();
    const absl::Duration cpu_before = server->CpuTime();
    const bool beaten = heartbeats.Await(kPatience + kBeats * heartbeat);
    AMPSTREAM_RETURN_IF_ERROR(streams.status());
    if (!beaten) return absl::DataLossError("idle: not every stream got its heartbeats");
    seen.cpu = absl::FDivDuration(server->CpuTime() - cpu_before, absl::Now() - start);
    seen.kilobytes = static_cast<double>(server->RssBytes() - rss_before) / 1000 / count;
  }
  seen.most_at_once = heartbeats.MostAtOnce();
  AMPSTREAM_RETURN_IF_ERROR(server->Stop());
  return seen;
}

absl::Status MeasureOn(const Course& course, int connections, double most_kilobytes, Findings* findings) {
  AMPSTREAM_ASSIGN_OR_RETURN(const Seen seen, Watch(course, connections));
  const std::string what = absl::StrCat(course.plan.idle_streams, " idle streams on ", connections, " connections, ");
  findings->goals.push_back({what + "kB each", Figure(seen.kilobytes, 1), "", absl::StrCat("under ", most_kilobytes),
                             seen.kilobytes < most_kilobytes});
  findings->goals.push_back({what + "% of a core", Figure(100 * seen.cpu, 1), "",
                             absl::StrCat("under ", 100 * kMostCpu), seen.cpu < kMostCpu});
  findings->goals.push_back({what + "% of a period's heartbeats in its busiest second",
                             Figure(100 * seen.most_at_once, 0), "", absl::StrCat("under ", 100 * kMostAtOnce),
                             seen.most_at_once < kMostAtOnce});
  return absl::OkStatus();
}

}  // namespace

absl::Status MeasureIdle(const Course& course, Findings* findings) {
  const int streams = course.plan.idle_streams;
  AMPSTREAM_RETURN_IF_ERROR(MeasureOn(course, std::max(1, streams / kStreamsAConnection), 30, findings));
  return MeasureOn(course, streams, 60, findings);
}

}  // namespace ampstream
