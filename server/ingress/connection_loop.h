#ifndef AMPSTREAM_SERVER_INGRESS_CONNECTION_LOOP_H_
#define AMPSTREAM_SERVER_INGRESS_CONNECTION_LOOP_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "server/base/acceptor.h"
#include "server/base/mutex.h"
#include "server/ingress/connection.h"
#include "server/ingress/http_error.h"
#include "server/ingress/http_head.h"
#include "server/ingress/mailbox.h"

namespace ampstream {

// What a listener's connections may ask of it.
struct ConnectionLimits {
  HeadLimits head;
  size_t max_body_bytes = 4 << 20;
  int64_t max_bytes_in_flight = 64 << 20;  // Of bodies received and not yet answered, over all connections.
  int max_connections = 16384;
  int max_connections_per_peer = 0;                    // Of one address; 0: no limit.
  absl::Duration head_timeout = absl::Seconds(5);      // From a request's first byte to the end of its head.
  absl::Duration request_timeout = absl::Seconds(15);  // From a request's first byte to its last.
  absl::Duration idle_timeout = absl::Seconds(60);     // Before the first byte of a request.
  absl::Duration answer_timeout = absl::Seconds(30);   // From a request's last byte to its answer.
};

// The one thread that owns every connection of a listener: it accepts them, reads whole requests under the limits, and
// refuses what is to be refused; only whole requests are given to be served. However slow a sender is, it costs a
// socket and the bytes that it has sent, and no thread. Thread-safe.
class ConnectionLoop {
 public:
  // Whom the connections are read for.
  class Service {
   public:
    virtual ~Service() = default;
    // An answer refuses the request. On the thread of the loop: must not block.
    virtual absl::optional<HttpAnswer> CheckHead(const HttpHead& head) = 0;
    // The bytes of an answer. `closes`: the connection, after it; may be set, not taken back. On the thread of the
    // loop.
    virtual std::string Format(const HttpHead& head, HttpAnswer answer, bool* closes) = 0;
    // All whole requests of a turn. Later, or at once, on any thread, each is answered: see Exchange. On the thread of
    // the loop: must not block.
    virtual void Serve(std::vector<std::shared_ptr<Exchange>> exchanges) = 0;
  };

  // Takes the listening socket. The service must outlive it.
  ConnectionLoop(int listening_fd, const ConnectionLimits& limits, Service& service);

  // Stops at once, as far as nothing is being served.
  ~ConnectionLoop();

  // From here on, for requests and connections that begin.
  void SetLimits(const ConnectionLimits& limits);

  // Takes no new connection and no further request; returns when those under way are answered. One that is not whole
  // at the deadline, or not answered, is refused. Not by two threads at a time.
  void Stop(absl::Time deadline);

 private:
  struct Inbox {
    absl::optional<ConnectionLimits> limits;
    absl::optional<absl::Time> stop_at;
  };

  // All on the thread.
  void Run();
  void Wait();
  void TakeInbox();
  void TakeAnswers();
  void StartStopping(absl::Time deadline);
  void CutOff();

  bool HasRoomFor(const std::string& peer);
  void Add(int fd, std::string peer);

  void Advance(Connection& connection);
  bool Step(Connection& connection, size_t* budget);
  bool StepReading(Connection& connection, size_t* budget);
  bool StepSending(Connection& connection);
  bool StepLingering(Connection& connection, size_t* budget);
  bool ReceiveMore(Connection& connection, size_t* budget);
  void LookAtHead(Connection& connection);
  void Serve(Connection& connection);
  void Reject(Connection& connection, const HttpAnswer& answer);
  void Close(Connection& connection);

  void TakeBack(Exchange& exchange);
  void GiveUp(Connection& connection);
  absl::optional<HttpAnswer> MemoryRefusal(const Connection& connection) const;
  void Count(Connection& connection);
  void SetDeadline(Connection& connection, absl::Time deadline);
  void LookAt(Connection& connection, absl::Time time);
  void SetReadingDeadline(Connection& connection);
  void Expire();

  Service& service_;
  const int epoll_fd_;
  const std::shared_ptr<Mailbox> mailbox_;

  Mutex mutex_;
  Inbox inbox_ ABSL_GUARDED_BY(mutex_);

  // Of the thread.
  Acceptor acceptor_;
  ConnectionLimits limits_;
  std::string buffer_;
  absl::Time now_;
  absl::flat_hash_map<Connection*, std::unique_ptr<Connection>> connections_;
  absl::flat_hash_map<std::string, int> connections_by_peer_;
  std::set<std::pair<absl::Time, Connection*>> deadlines_;
  std::vector<std::shared_ptr<Exchange>> whole_;     // To be served, all of a turn at once.
  std::vector<Connection*> ready_;                   // Have more to read than their turn was long.
  std::vector<std::unique_ptr<Connection>> closed_;  // Events of this turn may still name them.
  int64_t head_bytes_ = 0;                           // Held, over all connections.
  int64_t body_bytes_ = 0;
  absl::Time say_again_ = absl::InfinitePast();  // That it is full.
  absl::Time stop_at_ = absl::InfiniteFuture();
  bool is_stopping_ = false;

  std::thread thread_;  // Last: it uses all of the above.
};

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_INGRESS_CONNECTION_LOOP_H_
