#ifndef AMPSTREAM_SERVER_BASE_STATUS_MACROS_H_
#define AMPSTREAM_SERVER_BASE_STATUS_MACROS_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

// Returns from the enclosing function with the status of `expression` unless that is OK.
#define AMPSTREAM_RETURN_IF_ERROR(expression)                                   \
  do {                                                                          \
    if (absl::Status ampstream_status = (expression); !ampstream_status.ok()) { \
      return ampstream_status;                                                  \
    }                                                                           \
  } while (false)

// Sets `target` (a variable, or a declaration of one) to the value of `expression`, a StatusOr, or returns its status.
#define AMPSTREAM_ASSIGN_OR_RETURN(target, expression) \
  AMPSTREAM_ASSIGN_OR_RETURN_IMPL(AMPSTREAM_CONCAT(ampstream_result_, __LINE__), target, expression)

#define AMPSTREAM_ASSIGN_OR_RETURN_IMPL(result, target, expression) \
  auto result = (expression);                                       \
  if (!result.ok()) return std::move(result).status();              \
  target = *std::move(result)

#define AMPSTREAM_CONCAT(a, b) AMPSTREAM_CONCAT_IMPL(a, b)
#define AMPSTREAM_CONCAT_IMPL(a, b) a##b

#endif  // AMPSTREAM_SERVER_BASE_STATUS_MACROS_H_
