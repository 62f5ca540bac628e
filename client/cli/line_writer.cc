#include "client/cli/line_writer.h"

#include <unistd.h>

#include <cerrno>
#include <cstddef>

namespace ampstream {

bool LineWriter::Write(absl::string_view lines) {
  while (!lines.empty()) {
    const ssize_t written = ::write(fd_, lines.data(), lines.size());
    if (written >= 0) {
      lines.remove_prefix(static_cast<size_t>(written));
    } else if (errno != EINTR) {
      if (errno != EPIPE) status_ = absl::ErrnoToStatus(errno, "cannot write to stdout");
      return false;
    }
  }
  return true;
}

}  // namespace ampstream
