// A configuration is taken or refused on one line that names the file, whatever its bytes.

#include "server/config.h"

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "server/config_file.h"
#include "tests/fuzz/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  ampstream::ConfigOrigins origins;
  const absl::StatusOr<ampstream::config::v1::Config> config =
      ampstream::ParseConfigText({reinterpret_cast<const char*>(data), size}, "f.yaml", &origins);
  if (config.ok()) {
    AMPSTREAM_FUZZ_CHECK(config->sources_size() > 0);
    AMPSTREAM_FUZZ_CHECK(!ampstream::PrintConfig(*config, [](absl::string_view) { return ""; }).empty());
    return 0;
  }
  AMPSTREAM_FUZZ_CHECK(absl::IsInvalidArgument(config.status()));
  AMPSTREAM_FUZZ_CHECK(absl::StartsWith(config.status().message(), "f.yaml:"));
  AMPSTREAM_FUZZ_CHECK(!absl::StrContains(config.status().message(), '\n'));
  return 0;
}
