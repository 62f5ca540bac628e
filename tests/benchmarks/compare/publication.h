#ifndef AMPSTREAM_TESTS_BENCHMARKS_COMPARE_PUBLICATION_H_
#define AMPSTREAM_TESTS_BENCHMARKS_COMPARE_PUBLICATION_H_

#include <string>

#include "absl/status/status.h"
#include "tests/benchmarks/compare/findings.h"
#include "tests/benchmarks/compare/sections.h"

namespace ampstream {

// What README shows of a run.
struct Publication {
  std::string markdown;  // The machine, the versions, the day, and the tables.
  std::string chart;     // An SVG document.
};

Publication PublicationOf(const Binaries& binaries, const Findings& findings);

// The checked-out project; empty: this was not begun by `bazel run`.
std::string WorkspaceFolder();

// FAILED_PRECONDITION: there is no checked-out project, or its README.md has not the marks.
absl::Status CheckWritable();

// Puts the text between README.md's marks, and the chart beside this program's sources.
absl::Status Write(const Publication& publication);

}  // namespace ampstream

#endif  // AMPSTREAM_TESTS_BENCHMARKS_COMPARE_PUBLICATION_H_
