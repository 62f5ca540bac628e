#ifndef AMPSTREAM_CLIENT_CLI_CURSOR_FILE_H_
#define AMPSTREAM_CLIENT_CLI_CURSOR_FILE_H_

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace ampstream {

// A file that holds one cursor and a line end: where the next run resumes. Thread-compatible; one process at a time.
class CursorFile {
 public:
  explicit CursorFile(std::string path) : path_(std::move(path)) {}

  const std::string& path() const { return path_; }

  // The cursor. Empty: there is no such file, or it is empty. INVALID_ARGUMENT: it holds something else. Else what the
  // system said.
  absl::StatusOr<std::string> Read() const;

  // Puts a cursor in place of the old one: at every moment, a crash included, the file holds one of the two. The new
  // one is written beside it, to PATH.tmp.
  absl::Status Replace(absl::string_view cursor) const;

 private:
  const std::string path_;
};

}  // namespace ampstream

#endif  // AMPSTREAM_CLIENT_CLI_CURSOR_FILE_H_
