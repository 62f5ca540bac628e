#ifndef AMPSTREAM_CLIENT_CLI_NOTICES_H_
#define AMPSTREAM_CLIENT_CLI_NOTICES_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace ampstream {

// From the most talkative on.
enum class LogLevel { kDebug, kInfo, kWarning, kError };

// `debug`, `info`, `warning`, `error`, in the order of the enum.
const std::vector<std::string>& LogLevelNames();

// Nothing where no level is called so.
absl::optional<LogLevel> LogLevelOfName(absl::string_view name);

// What is said beside the data: a line each on stderr, `ampstream: TEXT`. Thread-safe.
class Notices {
 public:
  // What is below `least` is not said.
  explicit Notices(LogLevel least) : least_(least) {}

  void Say(LogLevel level, absl::string_view text) const;

 private:
  const LogLevel least_;
};

}  // namespace ampstream

#endif  // AMPSTREAM_CLIENT_CLI_NOTICES_H_
