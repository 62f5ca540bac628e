#ifndef AMPSTREAM_SERVER_INGRESS_LISTENER_H_
#define AMPSTREAM_SERVER_INGRESS_LISTENER_H_

#include <memory>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "server/ingress/connection_loop.h"
#include "server/ingress/http_error.h"
#include "server/ingress/http_head.h"

namespace ampstream {

// What a listener serves.
class HttpHandler {
 public:
  virtual ~HttpHandler() = default;

  // Before the body is read: an answer refuses the request. On the one thread that reads all connections: must not
  // block.
  virtual absl::optional<HttpAnswer> CheckHead(const HttpHead& head) = 0;

  // Called once, on any thread, then or later.
  using Done = absl::AnyInvocable<void(HttpAnswer) &&>;

  // Only with a head that CheckHead has let pass. On a worker thread, many at a time; what takes long without needing a
  // processor is not waited for there: `done` is called when it is over. An answer that comes after the time for it,
  // or after the listener has stopped, is dropped.
  virtual void Handle(const HttpHead& head, std::string body, Done done) = 0;
};

// An HTTP/1.1 server that may face hostile senders. One thread reads every connection under limits and deadlines; a
// worker has a request only once it is whole. Refuses, before a body is read, one whose length is absent, malformed, or
// over the limit, that has a transfer or content encoding, or for which there is no memory now. Every answer of 400 and
// above closes its connection. Thread-safe.
class Listener {
 public:
  struct Options {
    std::string address;  // host:port; port 0 takes a free one.
    ConnectionLimits limits;
    int threads = 0;  // That handle requests; 0: as many as there are processors.
  };

  // Serves at once. The handler must outlive it. INVALID_ARGUMENT: it cannot listen on the address.
  static absl::StatusOr<std::unique_ptr<Listener>> Start(const Options& options, HttpHandler& handler);

  ~Listener();

  // The address with the port that was taken.
  const std::string& address() const { return address_; }

  // For requests and connections that begin from here on.
  void SetLimits(const ConnectionLimits& limits);

  // Takes no new connection and no further request; returns when those under way are answered. One that is not whole
  // at the deadline, or not answered, is refused. Not by two threads at a time.
  void Stop(absl::Time deadline);

 private:
  class Impl;
  Listener(std::unique_ptr<Impl> impl, std::string address);

  const std::unique_ptr<Impl> impl_;
  const std::string address_;
};

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_INGRESS_LISTENER_H_
