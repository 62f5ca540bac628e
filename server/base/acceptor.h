#ifndef AMPSTREAM_SERVER_BASE_ACCEPTOR_H_
#define AMPSTREAM_SERVER_BASE_ACCEPTOR_H_

#include <string>

#include "absl/functional/function_ref.h"
#include "absl/time/time.h"

namespace ampstream {

// A listening socket in an epoll set, as data null. Rests for a moment where no more can be accepted for want of
// descriptors or memory: the socket stays readable, and its thread would spin. Thread-compatible.
class Acceptor {
 public:
  // Takes the socket, which must not block.
  Acceptor(int listening_fd, int epoll_fd);
  ~Acceptor();
  Acceptor(const Acceptor&) = delete;
  Acceptor& operator=(const Acceptor&) = delete;

  // Accepts what waits, as many as one turn may. `accepted` takes the socket, which does not block, and the peer's
  // address without port.
  void Accept(absl::Time now, absl::FunctionRef<void(int fd, std::string peer)> accepted);

  // When Resume is to be called; infinite where it is not.
  absl::Time resume_at() const { return resume_at_; }
  void Resume();

  // Takes no more.
  void Close();

 private:
  void Rest(absl::Time now, int error);

  int listening_fd_;
  const int epoll_fd_;
  absl::Time resume_at_ = absl::InfiniteFuture();
  absl::Time say_again_ = absl::InfinitePast();
};

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_BASE_ACCEPTOR_H_
