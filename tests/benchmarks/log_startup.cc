// How long a large log takes to open: by itself, as a server, from memory and from the disk, and after a kill:
//   bazel run -c opt //tests/benchmarks:log_startup
//
// Each opening is that of a new process, timed from its start. Ends with 1 where a log does not open, or has lost what
// was answered.

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdint>
#include <iostream>
#include <limits>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "server/base/status_macros.h"
#include "server/event/event_id.h"
#include "server/event/position.h"
#include "server/log/chunk_builder.h"
#include "server/log/rocksdb_store.h"
#include "tests/benchmarks/folder_files.h"
#include "tests/benchmarks/log_sides.h"
#include "tests/benchmarks/report.h"
#include "tests/benchmarks/server_process.h"
#include "tests/benchmarks/track_events.h"
#include "tests/testing/temporary_folder.h"

namespace ampstream {
namespace {

constexpr int64_t kGroup = 1024;
constexpr int kIndexBits = 16;
constexpr char kOpen[] = "--child-open";
constexpr char kLoad[] = "--child-load";

struct Flags {
  std::string server;
  double gigabytes = 10;
  int rounds = 5;
  int64_t kill_after_mib = 256;
  uint32_t seed = std::random_device()();
  // What a child does, instead of all else.
  std::string child_open;
  std::string child_load;
};

// This program again, as a child process of which each line on standard output is read.
class Child {
 public:
  static absl::StatusOr<std::unique_ptr<Child>> Start(const char* what, const std::string& log_folder) {
    int pipe_ends[2];
    if (pipe2(pipe_ends, O_CLOEXEC) != 0) return absl::InternalError("no pipe to a child");
    const pid_t pid = fork();
    if (pid == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);  // It must not outlive a benchmark that is broken off.
      dup2(pipe_ends[1], STDOUT_FILENO);
      execl("/proc/self/exe", "log_startup", what, log_folder.c_str(), nullptr);
      _exit(127);
    }
    close(pipe_ends[1]);
    if (pid < 0) return absl::InternalError("no child process");
    return std::unique_ptr<Child>(new Child(pid, pipe_ends[0]));
  }

  ~Child() {
    Kill();
    close(out_);
  }

  // The next line, a number; an error once there is none.
  absl::StatusOr<uint64_t> ReadNumber() {
    std::string line;
    char c = 0;
    while (read(out_, &c, 1) == 1 && c != '\n') line.push_back(c);
    uint64_t number = 0;
    if (c == '\n' && absl::SimpleAtoi(line, &number)) return number;
    return absl::UnavailableError("a child process ended early");
  }

  // Ends it as a power cut would end the process; not as it would end the disk's caches.
  void Kill() {
    const pid_t pid = std::exchange(pid_, 0);
    if (pid == 0) return;
    kill(pid, SIGKILL);
    waitpid(pid, nullptr, 0);
  }

 private:
  Child(pid_t pid, int out) : pid_(pid), out_(out) {}

  pid_t pid_;  // 0: it has ended.
  const int out_;
};

// Of a child: opens the log and says how far it reaches.
absl::Status SayNewest(const std::string& log_folder) {
  AMPSTREAM_ASSIGN_OR_RETURN(const std::unique_ptr<ServerLog> log, ServerLog::Open(log_folder));
  std::cout << log->log().Info().newest.value() << std::endl;
  return absl::OkStatus();
}

// Of a child: appends without end, and says of each delivery that was answered where it ended.
absl::Status AppendForever(const std::string& log_folder) {
  AMPSTREAM_ASSIGN_OR_RETURN(const std::unique_ptr<ServerLog> log, ServerLog::Open(log_folder));
  AMPSTREAM_ASSIGN_OR_RETURN(TrackEvents events, TrackEvents::Make(EventId::Random().ToString()));
  while (true) {
    AMPSTREAM_RETURN_IF_ERROR(log->Append(events.Next(kGroup)));
    std::cout << log->newest().value() << std::endl;
  }
}

// Straight into the store, which does not ask whether an id is there: that is the log's part.
absl::Status Fill(const std::string& log_folder, int64_t bytes) {
  RocksdbStore::Options options;
  options.data_dir = log_folder;
  options.max_bytes = std::numeric_limits<int64_t>::max() / 2;
  AMPSTREAM_ASSIGN_OR_RETURN(const std::unique_ptr<RocksdbStore> store, RocksdbStore::Open(options));
  AMPSTREAM_ASSIGN_OR_RETURN(TrackEvents events, TrackEvents::Make());
  const LogInfo info = store->Info();
  Position newest = info.newest;
  while (store->Info().bytes < bytes) {
    ChunkBuilder builder(info.epoch, newest);
    builder.Reserve(kGroup, kGroup * events.event_bytes());
    std::vector<Store::Key> keys;
    const uint64_t first = ((newest.value() >> kIndexBits) + 1) << kIndexBits;
    for (const NewEvent& event : events.Next(kGroup)) {
      newest = Position(first | keys.size());
      builder.Add(newest, event.encoded);
      keys.push_back({event.id, event.receive_time});
    }
    AMPSTREAM_RETURN_IF_ERROR(store->Add(std::move(builder).Build(newest, absl::Now()), keys).status());
  }
  return absl::OkStatus();
}

// How long a new process takes to open the log, which must reach at least as far as `newest`.
absl::StatusOr<absl::Duration> TimeOpening(const std::string& log_folder, uint64_t newest) {
  const absl::Time start = absl::Now();
  AMPSTREAM_ASSIGN_OR_RETURN(const std::unique_ptr<Child> child, Child::Start(kOpen, log_folder));
  AMPSTREAM_ASSIGN_OR_RETURN(const uint64_t found, child->ReadNumber());
  const absl::Duration elapsed = absl::Now() - start;
  if (found < newest) return absl::DataLossError("the log has lost what was answered");
  return elapsed;
}

// How long ampstreamd takes from its start to its ready line.
absl::StatusOr<absl::Duration> TimeServer(const std::string& binary, const std::string& log_folder) {
  const absl::Time start = absl::Now();
  AMPSTREAM_ASSIGN_OR_RETURN(const std::unique_ptr<ServerProcess> server, ServerProcess::Start(binary, log_folder));
  const absl::Duration elapsed = absl::Now() - start;
  AMPSTREAM_RETURN_IF_ERROR(server->Stop());
  return elapsed;
}

// Kills a process that appends, after it has had `bytes` of events answered; returns where the last of them ended.
absl::StatusOr<uint64_t> KillUnderLoad(const std::string& log_folder, int64_t bytes) {
  AMPSTREAM_ASSIGN_OR_RETURN(const TrackEvents events, TrackEvents::Make());
  AMPSTREAM_ASSIGN_OR_RETURN(const std::unique_ptr<Child> child, Child::Start(kLoad, log_folder));
  uint64_t newest = 0;
  const int64_t group_bytes = kGroup * static_cast<int64_t>(events.event_bytes());
  for (int64_t answered = 0; answered <= bytes; answered += group_bytes) {
    AMPSTREAM_ASSIGN_OR_RETURN(newest, child->ReadNumber());
  }
  child->Kill();
  // What it had said before it was killed, and nobody has read yet.
  for (absl::StatusOr<uint64_t> more = newest; more.ok(); more = child->ReadNumber()) newest = *more;
  return newest;
}

// One state of the log in which it is opened.
struct Case {
  std::string name;
  std::vector<double> log_seconds = {};
  std::vector<double> server_seconds = {};
};

class Bench {
 public:
  Bench(const Flags& flags, std::string log_folder)
      : flags_(flags), log_folder_(std::move(log_folder)), random_(flags.seed) {}

  absl::Status Round() {
    AMPSTREAM_RETURN_IF_ERROR(TimeLog(&warm_));
    AMPSTREAM_RETURN_IF_ERROR(TimeServer(&warm_));
    AMPSTREAM_RETURN_IF_ERROR(DropFromPageCache(log_folder_));
    AMPSTREAM_RETURN_IF_ERROR(TimeLog(&cold_));
    AMPSTREAM_RETURN_IF_ERROR(DropFromPageCache(log_folder_));
    AMPSTREAM_RETURN_IF_ERROR(TimeServer(&cold_));
    AMPSTREAM_RETURN_IF_ERROR(Kill());
    AMPSTREAM_RETURN_IF_ERROR(TimeLog(&killed_));
    AMPSTREAM_RETURN_IF_ERROR(Kill());
    return TimeServer(&killed_);
  }

  void Print() const {
    PrintHead({"log", "opened, s", "longest", "ampstreamd ready, s", "longest", "wanted"});
    for (const Case* const one : {&warm_, &cold_, &killed_}) {
      std::vector<std::string> cells = {one->name};
      for (const std::vector<double>* const seconds : {&one->log_seconds, &one->server_seconds}) {
        cells.push_back(absl::StrFormat("%.3f", Median(*seconds)));
        cells.push_back(absl::StrFormat("%.3f", *std::max_element(seconds->begin(), seconds->end())));
      }
      cells.push_back("under 2");
      PrintRow(cells);
    }
  }

 private:
  absl::Status TimeLog(Case* one) {
    AMPSTREAM_ASSIGN_OR_RETURN(const absl::Duration elapsed, TimeOpening(log_folder_, newest_));
    one->log_seconds.push_back(absl::ToDoubleSeconds(elapsed));
    return absl::OkStatus();
  }

  absl::Status TimeServer(Case* one) {
    AMPSTREAM_ASSIGN_OR_RETURN(const absl::Duration elapsed, ampstream::TimeServer(flags_.server, log_folder_));
    one->server_seconds.push_back(absl::ToDoubleSeconds(elapsed));
    return absl::OkStatus();
  }

  // At a moment of chance, so that more or less is left to be replayed.
  absl::Status Kill() {
    std::uniform_int_distribution<int64_t> bytes(0, flags_.kill_after_mib << 20);
    AMPSTREAM_ASSIGN_OR_RETURN(newest_, KillUnderLoad(log_folder_, bytes(random_)));
    return absl::OkStatus();
  }

  const Flags& flags_;
  const std::string log_folder_;
  std::mt19937 random_;
  uint64_t newest_ = 0;
  Case warm_{"in memory"};
  Case cold_{"on disk alone"};
  Case killed_{"killed under load"};
};

absl::Status Run(const Flags& flags) {
  if (!flags.child_open.empty()) return SayNewest(flags.child_open);
  if (!flags.child_load.empty()) return AppendForever(flags.child_load);
  const TemporaryFolder folder;
  const std::string log_folder = folder.path() + "/log";
  AMPSTREAM_RETURN_IF_ERROR(Fill(log_folder, static_cast<int64_t>(flags.gigabytes * 1e9)));
  PrintConditionsOnDisk(absl::StrFormat("A log of %.1f GB (10^9 bytes), median of %d rounds, seed %d",
                                        static_cast<double>(FolderBytes(log_folder)) / 1e9, flags.rounds, flags.seed));
  Bench bench(flags, log_folder);
  for (int round = 0; round < flags.rounds; ++round) AMPSTREAM_RETURN_IF_ERROR(bench.Round());
  bench.Print();
  return absl::OkStatus();
}

}  // namespace
}  // namespace ampstream

int main(int argc, char** argv) {
  ampstream::Flags flags;
  CLI::App app("Measures how long a large log takes to open");
  app.add_option("--server", flags.server, "path of ampstreamd");
  app.add_option("--gigabytes", flags.gigabytes, "of the log, 10^9 bytes")->capture_default_str();
  app.add_option("--rounds", flags.rounds, "openings of each kind")->capture_default_str()->check(CLI::PositiveNumber);
  app.add_option("--kill-after-mib", flags.kill_after_mib, "events answered before a kill, at most")
      ->capture_default_str();
  app.add_option("--seed", flags.seed, "of the moments at which a process is killed");
  app.add_option(ampstream::kOpen, flags.child_open, "for its own use");
  app.add_option(ampstream::kLoad, flags.child_load, "for its own use");
  CLI11_PARSE(app, argc, argv);
  const absl::Status status = ampstream::Run(flags);
  if (!status.ok()) std::cerr << "log_startup: " << status << "\n";
  return status.ok() ? 0 : 1;
}
