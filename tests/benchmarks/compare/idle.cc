#include <algorithm>
#include <map>

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
    ++beats;
    if (beats == 1) first_.Add();
    if (beats == 2) second_.Add();
    if (beats == 2) ++by_second_[absl::ToUnixSeconds(time)];
    return true;
  }

  // Until every stream has had its first heartbeat, or its second.
  bool AwaitFirst(absl::Duration timeout) const { return first_.AwaitAtLeast(streams(), timeout); }
  bool AwaitSecond(absl::Duration timeout) const { return second_.AwaitAtLeast(streams(), timeout); }

  // The share of the second heartbeats that came in their busiest second. After the set's end.
  double MostAtOnce() const {
    int64_t most = 0;
    for (const auto& second : by_second_) most = std::max(most, second.second);
    return static_cast<double>(most) / static_cast<double>(beats_.size());
  }

 private:
  int64_t streams() const { return static_cast<int64_t>(beats_.size()); }

  std::vector<int> beats_;
  std::map<int64_t, int64_t> by_second_;
  WaitableCount first_;
  WaitableCount second_;
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
    const bool first = heartbeats.AwaitFirst(kPatience + heartbeat);
    const absl::Time start = absl::Now();
    const absl::Duration cpu_before = server->CpuTime();
    const bool second = heartbeats.AwaitSecond(kPatience + heartbeat);
    AMPSTREAM_RETURN_IF_ERROR(streams.status());
    if (!first || !second) return absl::DataLossError("idle: not every stream got its heartbeats");
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
