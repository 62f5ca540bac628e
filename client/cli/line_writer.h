#ifndef AMPSTREAM_CLIENT_CLI_LINE_WRITER_H_
#define AMPSTREAM_CLIENT_CLI_LINE_WRITER_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace ampstream {

// Where data goes: lines to stdout, each on its way when Write returns, so that a pipe sees it at once. A reader that
// has gone away (`| head -1`) is no error: it ends the work quietly. SIGPIPE must be ignored. Thread-compatible.
class LineWriter {
 public:
  // Borrows the descriptor.
  explicit LineWriter(int fd) : fd_(fd) {}

  // Writes whole lines, each with its line end. False: nothing more can be written; status says why.
  bool Write(absl::string_view lines);

  int fd() const { return fd_; }

  // OK: nothing failed, or the reader has gone away. Else what the system said of the failed write.
  const absl::Status& status() const { return status_; }

 private:
  const int fd_;
  absl::Status status_;
};

}  // namespace ampstream

#endif  // AMPSTREAM_CLIENT_CLI_LINE_WRITER_H_
