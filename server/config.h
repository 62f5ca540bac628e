#ifndef AMPSTREAM_SERVER_CONFIG_H_
#define AMPSTREAM_SERVER_CONFIG_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "ampstream/config/v1/config.pb.h"

namespace google {
namespace protobuf {
class EnumValueDescriptor;
}  // namespace protobuf
}  // namespace google

// The server's configuration: the message of config.proto, with every default filled in.
namespace ampstream {

// The variable that holds the secret of the source `default`.
inline constexpr char kSecretVariable[] = "AMPSTREAM_WEBHOOK_SECRET";

// All defaults, as the comments of config.proto name them.
config::v1::Config DefaultConfig();

// Sets log.retention_size to the default of the log's kind.
void SetDefaultRetention(config::v1::Config* config);

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

// How a value of an enumeration is written: `rocksdb` for KIND_ROCKSDB.
std::string ShortName(const google::protobuf::EnumValueDescriptor& value);

// The keys whose values differ and are taken only when the server starts, in the order of config.proto.
std::vector<std::string> NotReloadable(const config::v1::Config& running, const config::v1::Config& read);

// Every value with its key, a line each, in the order of config.proto; `origin` tells where a key's value came from.
// Bears no secret.
std::string PrintConfig(const config::v1::Config& config,
                        const std::function<std::string(absl::string_view key)>& origin);

// Of an environment: the value of a variable, empty where it is not set.
using Environment = std::function<std::string(const std::string& variable)>;

// The content of a file of up to 1 MiB. INVALID_ARGUMENT: why it cannot be had, without its name.
absl::StatusOr<std::string> ReadSmallFile(const std::string& path);

// The secrets or tokens that a source's scheme names, each `env:NAME` or `file:PATH` (one line end at its end is not
// part of it). INVALID_ARGUMENT: one cannot be had, or is empty.
absl::StatusOr<std::vector<std::string>> ResolveSecrets(const config::v1::Source& source,
                                                        const Environment& environment);

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_CONFIG_H_
