#ifndef AMPSTREAM_SERVER_INGRESS_CONNECTION_H_
#define AMPSTREAM_SERVER_INGRESS_CONNECTION_H_

#include <sys/types.h>

#include <cstddef>
#include <string>

#include "absl/time/time.h"

namespace ampstream {

// One accepted connection: buffered reads under an absolute deadline and a budget, and one send an answer. Owns the
// socket. Thread-compatible.
class Connection {
 public:
  // `stop_fd` becomes readable when the listener stops.
  Connection(int fd, int stop_fd);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Waits for a request's first byte. False: none came in time, the peer is gone, or the listener stops.
  bool WaitForRequest(absl::Duration idle_timeout);

  // From here on reads fail after `deadline`, or once they have given `budget` bytes.
  void BeginRequest(absl::Time deadline, size_t budget);

  // Adds to the budget: of the body, once the head is taken.
  void AllowMore(size_t bytes) { budget_ += bytes; }

  // Whether a read was refused because the budget was used up.
  bool over_budget() const { return over_budget_; }

  // What read(2) would return; 0 also where the deadline or the budget is used up.
  ssize_t Read(char* out, size_t size);

  // Kept until Flush.
  void Write(const char* data, size_t size) { unsent_.append(data, size); }

  // Sends what was written. False: the peer does not take it.
  bool Flush();

  // Closes without losing the answer: a socket closed over unread bytes is reset, and the peer may never see what was
  // sent. So what still comes is read and dropped for a moment.
  void CloseAfterRejection();

  int fd() const { return fd_; }

 private:
  bool WaitReadable(absl::Time deadline, bool or_stop);
  bool Fill(absl::Time deadline);

  const int fd_;
  const int stop_fd_;
  std::string buffer_;
  size_t taken_ = 0;  // Of buffer_.
  std::string unsent_;
  absl::Time deadline_ = absl::InfinitePast();
  size_t budget_ = 0;
  bool over_budget_ = false;
};

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_INGRESS_CONNECTION_H_
