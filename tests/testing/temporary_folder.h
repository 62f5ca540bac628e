#ifndef AMPSTREAM_TESTS_TESTING_TEMPORARY_FOLDER_H_
#define AMPSTREAM_TESTS_TESTING_TEMPORARY_FOLDER_H_

#include <cstdlib>
#include <filesystem>
#include <string>

namespace ampstream {

// A folder that nobody else uses, removed with all that is in it when this goes. Aborts if it cannot be made.
class TemporaryFolder {
 public:
  TemporaryFolder() : path_((std::filesystem::temp_directory_path() / "ampstream-XXXXXX").string()) {
    if (mkdtemp(path_.data()) == nullptr) std::abort();
  }
  ~TemporaryFolder() {
    std::error_code ignored;  // What cannot be removed is left to the system.
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace ampstream

#endif  // AMPSTREAM_TESTS_TESTING_TEMPORARY_FOLDER_H_
