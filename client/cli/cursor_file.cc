#include "client/cli/cursor_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "client/cli/start_text.h"

namespace ampstream {
namespace {

// More than any cursor: enough to see that a file holds something else.
constexpr size_t kMostBytes = 256;

absl::Status SystemError(absl::string_view what, const std::string& path) {
  return absl::ErrnoToStatus(errno, absl::StrCat("cannot ", what, " ", path));
}

absl::Status WriteSynced(const std::string& path, const std::string& text) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (fd < 0) return SystemError("write", path);
  const bool written = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  // Without the sync, a power cut could leave the new name with nothing in it, and the next run would start elsewhere.
  const bool synced = written && ::fsync(fd) == 0;
  absl::Status status = synced ? absl::OkStatus() : SystemError("write", path);
  if (::close(fd) != 0 && status.ok()) return SystemError("close", path);
  return status;
}

}  // namespace

absl::StatusOr<std::string> CursorFile::Read() const {
  const int fd = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    if (errno == ENOENT) return std::string();
    return SystemError("read", path_);
  }
  const absl::Cleanup close = [fd] { ::close(fd); };
  char bytes[kMostBytes];
  const ssize_t size = ::read(fd, bytes, sizeof(bytes));
  if (size < 0) return SystemError("read", path_);
  const absl::string_view cursor = absl::StripAsciiWhitespace(absl::string_view(bytes, static_cast<size_t>(size)));
  if (!cursor.empty() && !HasCursorForm(cursor)) {
    return absl::InvalidArgumentError(absl::StrCat(path_, " does not hold a cursor; remove it, or name another file"));
  }
  return std::string(cursor);
}

absl::Status CursorFile::Replace(absl::string_view cursor) const {
  const std::string beside = path_ + ".tmp";
  absl::Status written = WriteSynced(beside, absl::StrCat(cursor, "\n"));
  if (!written.ok()) return written;
  if (std::rename(beside.c_str(), path_.c_str()) != 0) return SystemError("replace", path_);
  return absl::OkStatus();
}

}  // namespace ampstream
