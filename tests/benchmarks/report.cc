#include "tests/benchmarks/report.h"

#include <algorithm>
#include <cmath>
#include <iostream>
#include <thread>

#include "absl/strings/str_join.h"

namespace ampstream {
namespace {

// Bazel defines it with -c opt.
constexpr absl::string_view BuildName() {
#ifdef NDEBUG
  return "optimised build";
#else
  return "build without optimisation: the figures mean little";
#endif
}

}  // namespace

void PrintConditions(absl::string_view of_the_program, absl::string_view log) {
  std::cout << of_the_program << "; server and load on the same " << std::thread::hardware_concurrency()
            << " processors, over the loopback; " << log << "; " << BuildName() << ".\n\n";
}

void PrintConditionsOnDisk(absl::string_view of_the_program) {
  std::cout << of_the_program << "; " << std::thread::hardware_concurrency() << " processors; " << BuildName()
            << ".\n\n";
}

void PrintRow(const std::vector<std::string>& cells) {
  std::cout << "| " << absl::StrJoin(cells, " | ") << " |" << std::endl;
}

void PrintHead(const std::vector<std::string>& names) {
  PrintRow(names);
  std::cout << "|---" << absl::StrJoin(std::vector<std::string>(names.size() - 1, "|---:"), "") << "|" << std::endl;
}

int64_t Percentile(double share, std::vector<int64_t>* values) {
  if (values->empty()) return 0;
  std::sort(values->begin(), values->end());
  const auto rank = static_cast<size_t>(std::ceil(share * static_cast<double>(values->size())));
  return (*values)[std::clamp<size_t>(rank, 1, values->size()) - 1];
}

double Median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace ampstream
