#ifndef AMPSTREAM_SERVER_INGRESS_LISTENER_H_
#define AMPSTREAM_SERVER_INGRESS_LISTENER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "server/ingress/http_error.h"

namespace ampstream {

// A request without its body.
struct HttpHead {
  std::string method;
  std::string path;  // Percent-decoded, without query.
  std::vector<std::pair<std::string, std::string>> headers;

  // Of all headers of that name, in any case. The views are into this head.
  std::vector<absl::string_view> Values(absl::string_view name) const;

  // The first of them; empty where there is none.
  absl::string_view Value(absl::string_view name) const;
};

// What a listener serves. Called on its worker threads, many at a time.
class HttpHandler {
 public:
  virtual ~HttpHandler() = default;

  // Before the body is read: an answer refuses the request.
  virtual absl::optional<HttpAnswer> CheckHead(const HttpHead& head) = 0;

  // Only with a head that CheckHead has let pass.
  virtual HttpAnswer Handle(const HttpHead& head, std::string body) = 0;
};

// An HTTP/1.1 server. Refuses, before a body is read, one whose length is absent, malformed, or over the limit, that
// has a transfer or content encoding, or for which there is no memory now. Every answer of 400 and above closes its
// connection. Thread-safe.
class Listener {
 public:
  struct Options {
    std::string address;  // host:port; port 0 takes a free one.
    size_t max_body_bytes = 4 << 20;
    int64_t max_bytes_in_flight = 64 << 20;              // Of bodies, over all connections.
    int threads = 64;                                    // Each serves one connection at a time.
    absl::Duration request_timeout = absl::Seconds(15);  // From a request's first byte to its last.
    absl::Duration idle_timeout = absl::Seconds(10);     // Between two requests.
  };

  // Serves at once. The handler must outlive it. INVALID_ARGUMENT: it cannot listen on the address.
  static absl::StatusOr<std::unique_ptr<Listener>> Start(const Options& options, HttpHandler& handler);

  ~Listener();

  // The address with the port that was taken.
  const std::string& address() const { return address_; }

  // Takes no new connection and no further request; returns when those under way are answered. A request that is not
  // whole at the deadline is cut off.
  void Stop(absl::Time deadline);

 private:
  class Impl;
  Listener(std::unique_ptr<Impl> impl, std::string address);

  const std::unique_ptr<Impl> impl_;
  const std::string address_;
};

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_INGRESS_LISTENER_H_
