#ifndef AMPSTREAM_CLIENT_CLI_READER_WATCH_H_
#define AMPSTREAM_CLIENT_CLI_READER_WATCH_H_

#include <atomic>
#include <functional>
#include <thread>

namespace ampstream {

// Sees at once that whoever read a pipe has gone away, so that `ampstream tail | head -1` ends with head, not with the
// event after it. Of a file or a terminal there is nothing to see. Holds a thread for as long as it lives.
class ReaderWatch {
 public:
  // Borrows `fd`, which is written to. Calls `on_gone` once, on its own thread, if the reader goes; never after the
  // destructor has returned.
  ReaderWatch(int fd, std::function<void()> on_gone);
  ~ReaderWatch();
  ReaderWatch(const ReaderWatch&) = delete;
  ReaderWatch& operator=(const ReaderWatch&) = delete;

  // Whether the reader has gone; true before `on_gone` is called. Thread-safe.
  bool gone() const { return gone_; }

 private:
  void Watch();

  const int fd_;
  const std::function<void()> on_gone_;
  std::atomic<bool> gone_{false};
  // Becomes readable when the watch is to end. Negative: the system gave none, and nothing is watched.
  const int stop_;
  std::thread thread_;
};

}  // namespace ampstream

#endif  // AMPSTREAM_CLIENT_CLI_READER_WATCH_H_
