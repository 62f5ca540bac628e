#ifndef AMPSTREAM_SERVER_CONFIG_FILE_H_
#define AMPSTREAM_SERVER_CONFIG_FILE_H_

#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "ampstream/config/v1/config.pb.h"

namespace ampstream {

// Where values that are not the default come from: key, as PrintConfig has it, to `FILE:LINE`, `flag --x` or
// `environment X`.
using ConfigOrigins = std::map<std::string, std::string, std::less<>>;

// Reads the text of a configuration file over the defaults. Its keys are the fields of config.proto; a value that no
// field could have is refused, and so is every key that is not known. INVALID_ARGUMENT: one line,
// `FILE:LINE:COLUMN: found ..., expected ...`, which holds no value that could be a secret.
absl::StatusOr<config::v1::Config> ParseConfigText(absl::string_view text, const std::string& file_name,
                                                   ConfigOrigins* origins);

// The same of a file. INVALID_ARGUMENT: also where it cannot be read.
absl::StatusOr<config::v1::Config> ReadConfigFile(const std::string& path, ConfigOrigins* origins);

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_CONFIG_FILE_H_
