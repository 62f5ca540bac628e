#ifndef AMPSTREAM_SERVER_BASE_NEAREST_NAME_H_
#define AMPSTREAM_SERVER_BASE_NEAREST_NAME_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace ampstream {

// The known name that a person most likely meant by `typed`: the one fewest edits away, of at most a third of its
// length. Empty: none is near.
std::string NearestName(absl::string_view typed, absl::Span<const std::string> known);

// `; did you mean NAME?`, or nothing where no known name is near: to append to an error about an unknown name.
std::string DidYouMean(absl::string_view typed, absl::Span<const std::string> known);

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_BASE_NEAREST_NAME_H_
