#include "tests/benchmarks/compare/publication.h"

#include <sys/utsname.h>

#include <cstdlib>
#include <fstream>
#include <memory>
#include <sstream>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/civil_time.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "server/base/status_macros.h"
#include "tests/benchmarks/compare/files.h"
#include "tests/benchmarks/compare/peer.h"

namespace ampstream {
namespace {

constexpr char kBegin[] = "<!-- Measured: written by `bazel run -c opt //tests/benchmarks:compare -- --write`. -->\n";
constexpr char kEnd[] = "<!-- The end of what was measured. -->\n";
constexpr absl::string_view kChart = "tests/benchmarks/compare/chart.svg";

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// README.md's text, and where its marks stand.
struct Readme {
  std::string path;
  std::string text;
  size_t begin = std::string::npos;  // Behind the first mark.
  size_t end = std::string::npos;    // Before the last one.
};

absl::StatusOr<Readme> FindMarks() {
  const std::string workspace = WorkspaceFolder();
  if (workspace.empty()) return absl::FailedPreconditionError("--write needs `bazel run`, which tells the workspace");
  Readme readme;
  readme.path = absl::StrCat(workspace, "/README.md");
  readme.text = ReadFile(readme.path);
  const size_t begin = readme.text.find(kBegin);
  readme.end = readme.text.find(kEnd);
  if (begin == std::string::npos || readme.end == std::string::npos || readme.end < begin) {
    return absl::FailedPreconditionError(
        absl::StrCat(readme.path, " has not the two marks between which it would be written"));
  }
  readme.begin = begin + sizeof(kBegin) - 1;
  return readme;
}

std::string Processor() {
  for (const absl::string_view line : absl::StrSplit(ReadFile("/proc/cpuinfo"), '\n')) {
    const std::pair<absl::string_view, absl::string_view> parts = absl::StrSplit(line, absl::MaxSplits(": ", 1));
    if (absl::StripAsciiWhitespace(parts.first) == "model name") return std::string(parts.second);
  }
  return "an unknown processor";
}

std::string Versions(const Binaries& binaries) {
  std::vector<std::unique_ptr<Peer>> peers;
  peers.push_back(Ampstreamd(binaries.ampstreamd));
  peers.push_back(NatsCore(binaries.nats));
  peers.push_back(RedisPubSub(binaries.redis));
  peers.push_back(Centrifugo(binaries.centrifugo));
  std::vector<std::string> versions;
  for (const auto& peer : peers)
    versions.push_back(IsInstalled(*peer) ? VersionOf(*peer) : absl::StrCat(peer->name(), " (not installed)"));
  const std::unique_ptr<Peer> node = NodeIngest(binaries.node, binaries.node_script);
  versions.push_back(absl::StrCat("node ", IsInstalled(*node) ? VersionOf(*node) : "(not installed)"));
  return absl::StrJoin(versions, "; ");
}

std::string Machine() {
  utsname system = {};
  uname(&system);
  return absl::StrCat(std::thread::hardware_concurrency(), " processors (", Processor(), "), ", system.sysname, " ",
                      system.release);
}

}  // namespace

Publication PublicationOf(const Binaries& binaries, const Findings& findings) {
  const std::string day = absl::FormatCivilTime(absl::ToCivilDay(absl::Now(), absl::UTCTimeZone()));
  std::string markdown = absl::StrCat("Measured on ", day, ", the servers and the load on the same ", Machine(),
                                      ", over the loopback. Versions: ", Versions(binaries), ".\n\n",
                                      Markdown(findings.goals), "\n<details><summary>All figures</summary>\n\n");
  for (const Table& table : findings.tables) absl::StrAppend(&markdown, Markdown(table), "\n");
  absl::StrAppend(&markdown, "</details>\n\n");
  return {markdown, BarChart(absl::StrCat("ampstreamd beside others, ", day), findings.panels)};
}

std::string WorkspaceFolder() {
  const char* const workspace = std::getenv("BUILD_WORKSPACE_DIRECTORY");
  return workspace == nullptr ? "" : workspace;
}

absl::Status CheckWritable() { return FindMarks().status(); }

absl::Status Write(const Publication& publication) {
  AMPSTREAM_ASSIGN_OR_RETURN(const Readme readme, FindMarks());
  AMPSTREAM_RETURN_IF_ERROR(WriteFile(absl::StrCat(WorkspaceFolder(), "/", kChart), publication.chart));
  return WriteFile(readme.path, absl::StrCat(readme.text.substr(0, readme.begin), "\n", publication.markdown,
                                             readme.text.substr(readme.end)));
}

}  // namespace ampstream
