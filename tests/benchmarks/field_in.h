#ifndef AMPSTREAM_TESTS_BENCHMARKS_FIELD_IN_H_
#define AMPSTREAM_TESTS_BENCHMARKS_FIELD_IN_H_

#include "absl/strings/string_view.h"

namespace ampstream {

// The content of a field of bytes, text or a message in an encoded message; empty if it is not there.
absl::string_view FieldIn(absl::string_view encoded, int number);

}  // namespace ampstream

#endif  // AMPSTREAM_TESTS_BENCHMARKS_FIELD_IN_H_
