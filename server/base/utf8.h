#ifndef AMPSTREAM_SERVER_BASE_UTF8_H_
#define AMPSTREAM_SERVER_BASE_UTF8_H_

#include <cstddef>

#include "absl/strings/string_view.h"

namespace ampstream {

// How many bytes the UTF-8 sequence at the text's beginning has; 0: there is none (RFC 3629, section 4).
size_t Utf8Size(absl::string_view text);

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_BASE_UTF8_H_
