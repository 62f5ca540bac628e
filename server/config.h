#ifndef AMPSTREAM_SERVER_CONFIG_H_
#define AMPSTREAM_SERVER_CONFIG_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "ampstream/config/v1/config.pb.h"

// The server's configuration: the message of config.proto, with every default filled in.
namespace ampstream {

// The variable that holds the secret of the source `default`.
inline constexpr char kSecretVariable[] = "AMPSTREAM_WEBHOOK_SECRET";

// All defaults, as the comments of config.proto name them.
config::v1::Config DefaultConfig();

// A value that flag and environment can set.
struct Setting {
  std::string key;       // Of the configuration: `log.kind`.
  std::string flag;      // `--log`
  std::string variable;  // `AMPSTREAM_LOG`
  std::string help;
  // INVALID_ARGUMENT: what is wrong with the value, without its place.
  std::function<absl::Status(const std::string& value, config::v1::Config* config)> set;
};
const std::vector<Setting>& Settings();

// Every value with its key, a line each, in the order of config.proto; `origin` tells where a key's value came from.
// Bears no secret.
std::string PrintConfig(const config::v1::Config& config,
                        const std::function<std::string(absl::string_view key)>& origin);

// Of an environment: the value of a variable, empty where it is not set.
using Environment = std::function<std::string(const std::string& variable)>;

// The secrets that a source names, each `env:NAME` or `file:PATH` (one newline at its end is not part of it).
// INVALID_ARGUMENT: one cannot be had, or is empty.
absl::StatusOr<std::vector<std::string>> ResolveSecrets(const config::v1::Source& source,
                                                        const Environment& environment);

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_CONFIG_H_
