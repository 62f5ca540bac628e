#ifndef AMPSTREAM_TESTS_CLIENT_CLI_CAPTURED_OUTPUT_H_
#define AMPSTREAM_TESTS_CLIENT_CLI_CAPTURED_OUTPUT_H_

#include <sys/mman.h>
#include <unistd.h>

#include <string>

namespace ampstream {

// A descriptor to write to in place of stdout, and what was written so far.
class CapturedOutput {
 public:
  CapturedOutput() : fd_(::memfd_create("output", MFD_CLOEXEC)) {}
  ~CapturedOutput() { ::close(fd_); }
  CapturedOutput(const CapturedOutput&) = delete;
  CapturedOutput& operator=(const CapturedOutput&) = delete;

  int fd() const { return fd_; }

  std::string Text() const {
    std::string text(1 << 20, '\0');
    const ssize_t size = ::pread(fd_, text.data(), text.size(), 0);
    text.resize(size > 0 ? static_cast<size_t>(size) : 0);
    return text;
  }

 private:
  const int fd_;
};

}  // namespace ampstream

#endif  // AMPSTREAM_TESTS_CLIENT_CLI_CAPTURED_OUTPUT_H_
