#ifndef AMPSTREAM_TESTS_BENCHMARKS_REPORT_H_
#define AMPSTREAM_TESTS_BENCHMARKS_REPORT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace ampstream {

// Prints, as one line, what figures depend on beside a program's own flags: the machine and the build. For what goes
// over the loopback to a server, whose log is where `log` says.
void PrintConditions(absl::string_view of_the_program, absl::string_view log = "log in memory");

// The same for what sends nothing over a network and has its data on disk.
void PrintConditionsOnDisk(absl::string_view of_the_program);

// Prints a row of a Markdown table.
void PrintRow(const std::vector<std::string>& cells);

// Prints the first two rows of one. All columns but the first are figures.
void PrintHead(const std::vector<std::string>& names);

// The value that `share` (0 to 1) of the values do not exceed; 0 of none. Sorts them.
int64_t Percentile(double share, std::vector<int64_t>* values);

// The middle one; of an even number, the higher of the middle two. 0 of none.
double Median(std::vector<double> values);

}  // namespace ampstream

#endif  // AMPSTREAM_TESTS_BENCHMARKS_REPORT_H_
