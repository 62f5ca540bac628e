#ifndef AMPSTREAM_SERVER_AMPLITUDE_TRANSLATE_ERROR_H_
#define AMPSTREAM_SERVER_AMPLITUDE_TRANSLATE_ERROR_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

// The two ways in which a verified delivery can be refused. Their texts name what is wrong and where; never a value of
// the payload.
namespace ampstream {

// INVALID_ARGUMENT: the body is not JSON. `offset` counts bytes from the body's first.
absl::Status NotJson(size_t offset, absl::string_view why);

// FAILED_PRECONDITION: JSON, but not what its type must be. `path` is the field's: `data.time`, in an array
// `[2].data.time`; empty for the whole body.
absl::Status DoesNotFit(absl::string_view path, absl::string_view why);

// The same of an event that has more JSON values than are allowed.
absl::Status TooManyValues(absl::string_view path, int64_t values, int64_t most);

// The path of a DoesNotFit, empty for any other status.
std::string FieldOf(const absl::Status& status);

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_AMPLITUDE_TRANSLATE_ERROR_H_
