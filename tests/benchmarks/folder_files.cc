#include "tests/benchmarks/folder_files.h"

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"

namespace ampstream {
namespace {

namespace fs = std::filesystem;

absl::Status DropFile(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return absl::UnavailableError(absl::StrCat("cannot open ", path));
  const bool dropped = fdatasync(fd) == 0 && posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED) == 0;
  close(fd);
  return dropped ? absl::OkStatus() : absl::UnavailableError(absl::StrCat("cannot drop ", path, " from memory"));
}

}  // namespace

int64_t FolderBytes(const std::string& path) {
  int64_t bytes = 0;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(path, error)) {
    if (entry.is_regular_file(error)) bytes += static_cast<int64_t>(entry.file_size(error));
  }
  return bytes;
}

absl::Status DropFromPageCache(const std::string& path) {
  std::error_code error;
  absl::Status status;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(path, error)) {
    if (entry.is_regular_file(error)) status.Update(DropFile(entry.path().string()));
  }
  return status;
}

}  // namespace ampstream
