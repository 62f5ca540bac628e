#ifndef AMPSTREAM_SERVER_INGRESS_CONNECTION_H_
#define AMPSTREAM_SERVER_INGRESS_CONNECTION_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/ingress/request_reader.h"

namespace ampstream {

class Exchange;

// Sends as much of the text as the socket takes now, and cuts it off the front. False: the peer is gone.
bool SendNow(int fd, std::string* text);

// One accepted connection: its socket, which it owns, and what is known of it. Nothing here waits. Thread-compatible.
class Connection {
 public:
  enum class Phase {
    kReading,    // For the next request, or a part of one.
    kServing,    // A worker has the request; nothing is read meanwhile.
    kSending,    // An answer that the socket did not take at once.
    kLingering,  // The last answer is sent: what still comes is dropped for a moment. A socket that is closed over
                 // unread bytes is reset, and the peer may never see what was sent.
    kClosed,
  };

  // `fd` does not block. `peer`: an address without port.
  Connection(int fd, std::string peer) : fd(fd), peer(std::move(peer)) {}
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // What epoll says of the socket.
  void Note(uint32_t events);

  enum class Got { kBytes, kNothing, kEnd };

  // One read of at most `size` bytes. kNothing: there is nothing now, and is_readable is false. kEnd: the peer sends no
  // more.
  Got Receive(char* buffer, size_t size, absl::string_view* bytes);

  const int fd;
  const std::string peer;
  Phase phase = Phase::kReading;
  RequestReader reader;
  bool is_readable = false;                   // As epoll said, and no read has found otherwise.
  bool closes = false;                        // After the answer that is being sent.
  std::shared_ptr<Exchange> exchange;         // While it is served.
  std::string unsent;                         // The rest of that answer.
  absl::Time begun = absl::InfiniteFuture();  // The request: when its first byte came.
  absl::Time deadline = absl::InfiniteFuture();
  absl::Time looked_at = absl::InfiniteFuture();  // When the deadline is looked at next: then, or before.
  int64_t counted_head = 0;                       // Of its bytes, in what all connections hold.
  int64_t counted_body = 0;
  size_t dropped = 0;  // Bytes, while lingering.

 private:
  bool has_ended_ = false;  // The peer sends no more than what is there.
};

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_INGRESS_CONNECTION_H_
