#include "server/base/nearest_name.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "absl/strings/str_cat.h"

namespace ampstream {
namespace {

// Names are short; a longer text is nobody's slip of the pen, and must not cost its square.
constexpr size_t kLongestName = 64;

// Levenshtein's distance, with two letters exchanged counted as one edit (optimal string alignment).
size_t Edits(absl::string_view a, absl::string_view b) {
  std::vector<size_t> before(b.size() + 1);
  std::vector<size_t> row(b.size() + 1);
  std::vector<size_t> next(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < a.size(); ++i) {
    next[0] = i + 1;
    for (size_t j = 0; j < b.size(); ++j) {
      next[j + 1] = std::min({row[j] + (a[i] == b[j] ? 0 : 1), row[j + 1] + 1, next[j] + 1});
      const bool exchanged = i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j];
      if (exchanged) next[j + 1] = std::min(next[j + 1], before[j - 1] + 1);
    }
    before.swap(row);
    row.swap(next);
  }
  return row.back();
}

}  // namespace

std::string NearestName(absl::string_view typed, absl::Span<const std::string> known) {
  if (typed.size() > kLongestName) return "";
  std::string nearest;
  size_t fewest = kLongestName;
  for (const std::string& name : known) {
    const size_t edits = Edits(typed, name);
    if (edits < fewest && edits * 3 <= std::max(typed.size(), name.size())) {
      fewest = edits;
      nearest = name;
    }
  }
  return nearest;
}

std::string DidYouMean(absl::string_view typed, absl::Span<const std::string> known) {
  const std::string nearest = NearestName(typed, known);
  return nearest.empty() ? "" : absl::StrCat("; did you mean ", nearest, "?");
}

}  // namespace ampstream
