#include "tests/benchmarks/compare/findings.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"

namespace ampstream {
namespace {

std::string Line(const std::vector<std::string>& cells) {
  return absl::StrCat("| ", absl::StrJoin(cells, " | "), " |\n");
}

}  // namespace

void Append(Findings part, Findings* all) {
  std::move(part.goals.begin(), part.goals.end(), std::back_inserter(all->goals));
  std::move(part.tables.begin(), part.tables.end(), std::back_inserter(all->tables));
  std::move(part.panels.begin(), part.panels.end(), std::back_inserter(all->panels));
}

std::string Markdown(const Table& table) {
  std::string text = absl::StrCat("### ", table.title, "\n\n", table.text, "\n\n", Line(table.head), "|---");
  for (size_t i = 1; i < table.head.size(); ++i) absl::StrAppend(&text, "|---:");
  absl::StrAppend(&text, "|\n");
  for (const std::vector<std::string>& row : table.rows) absl::StrAppend(&text, Line(row));
  return text;
}

std::string Markdown(const std::vector<Goal>& goals) {
  std::string text = Line({"what", "ampstreamd", "beside it", "wanted", "reached"});
  absl::StrAppend(&text, "|---|---|---|---|---|\n");
  for (const Goal& goal : goals)
    absl::StrAppend(&text, Line({goal.what, goal.figure, goal.beside, goal.wanted, goal.reached ? "yes" : "**no**"}));
  return text;
}

std::string Figure(double value, int places) { return absl::StrFormat("%.*f", places, value); }

std::string Times(double ratio) { return absl::StrFormat("%.2f", ratio); }

}  // namespace ampstream
