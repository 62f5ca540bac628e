#ifndef AMPSTREAM_SERVER_CONFIG_VALUES_H_
#define AMPSTREAM_SERVER_CONFIG_VALUES_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

// How single values of the configuration are written, and how far they may go.
namespace ampstream {

// Whether a key's number counts bytes: by its name, as config.proto says.
bool IsSizeKey(absl::string_view key);

// `64MiB`, `256KiB`, `10GiB`, `1000`. INVALID_ARGUMENT: `expected ...`.
absl::StatusOr<int64_t> ParseSize(absl::string_view text);
std::string FormatSize(int64_t bytes);

// A whole number without sign, leading zeros or separators. INVALID_ARGUMENT: `expected ...`.
absl::StatusOr<int64_t> ParseNumber(absl::string_view text);

// `30s`, `1m30s`, `168h`. INVALID_ARGUMENT: `expected ...`.
absl::StatusOr<absl::Duration> ParseTimeSpan(absl::string_view text);

// `env:NAME` or `file:PATH`. INVALID_ARGUMENT: `expected ...`; what was found is not in it, since it may be the secret.
absl::Status CheckReference(absl::string_view text);

// A token, as RFC 9110 (https://www.rfc-editor.org/rfc/rfc9110#name-field-names) has it.
bool IsHeaderName(absl::string_view text);

// A value as an error shows it: on one line, and not for ever.
std::string ShownValue(absl::string_view text);

// Whether a key's value is within the bounds that config.proto tells. INVALID_ARGUMENT: `expected ...`.
absl::Status CheckBounds(absl::string_view key, int64_t value);
absl::Status CheckBounds(absl::string_view key, absl::Duration value);

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_CONFIG_VALUES_H_
