#include "tests/benchmarks/compare/files.h"

#include <fstream>

#include "absl/strings/str_cat.h"

namespace ampstream {

absl::Status WriteFile(const std::string& path, const std::string& text) {
  std::ofstream file(path);
  file << text;
  return file.flush() ? absl::OkStatus() : absl::UnavailableError(absl::StrCat("cannot write ", path));
}

}  // namespace ampstream
