#include "client/cli/notices.h"

#include <algorithm>
#include <cstdio>

#include "absl/strings/str_cat.h"

namespace ampstream {

const std::vector<std::string>& LogLevelNames() {
  static const auto* const names = new std::vector<std::string>{"debug", "info", "warning", "error"};
  return *names;
}

absl::optional<LogLevel> LogLevelOfName(absl::string_view name) {
  const std::vector<std::string>& names = LogLevelNames();
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return absl::nullopt;
  return static_cast<LogLevel>(found - names.begin());
}

void Notices::Say(LogLevel level, absl::string_view text) const {
  if (level < least_) return;
  const std::string line = absl::StrCat("ampstream: ", text, "\n");
  // One call a line, so that lines of several threads stay whole. Where stderr is closed there is nobody to tell.
  std::fwrite(line.data(), 1, line.size(), stderr);
}

}  // namespace ampstream
