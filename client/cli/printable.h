#ifndef AMPSTREAM_CLIENT_CLI_PRINTABLE_H_
#define AMPSTREAM_CLIENT_CLI_PRINTABLE_H_

#include <string>

#include "absl/strings/string_view.h"

// Text that somebody else wrote, made safe for a terminal: what a webhook said must neither break a line in two nor
// send the terminal a command.
namespace ampstream {

// UTF-8 as it is; control characters (C0, DEL, C1) as `\n`, `\t`, `\x1b`.
std::string Printable(absl::string_view text);

// Printable, cut to about `longest` bytes with `...`, never within a character.
std::string Shortened(absl::string_view text, size_t longest);

// A value after `key=`: Shortened to 60 bytes; in double quotes where it is empty or has blanks, quotes or `=` in it.
std::string Value(absl::string_view text);

}  // namespace ampstream

#endif  // AMPSTREAM_CLIENT_CLI_PRINTABLE_H_
