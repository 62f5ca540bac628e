#ifndef AMPSTREAM_SERVER_ADMIN_ADMIN_LISTENER_H_
#define AMPSTREAM_SERVER_ADMIN_ADMIN_LISTENER_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "server/admin/metrics.h"

namespace ampstream {

// What an operator's tools ask, on an address of its own: `GET /livez` (200 as long as the process serves at all),
// `GET /readyz` (200, or 503 with the reason, as text) and `GET /metrics` (as MetricsText). Thread-safe.
class AdminListener {
 public:
  // Why the server is not ready; empty: it is. Called on any thread.
  using NotReady = std::function<std::string()>;
  // What has been counted. Called on any thread.
  using ReadMetrics = std::function<Metrics()>;

  // Serves at once. INVALID_ARGUMENT: it cannot listen on the address (host:port; port 0 takes a free one).
  static absl::StatusOr<std::unique_ptr<AdminListener>> Start(const std::string& address, NotReady not_ready,
                                                              ReadMetrics read_metrics);

  ~AdminListener();

  // The address with the port that was taken.
  const std::string& address() const { return address_; }

 private:
  class Impl;
  AdminListener(std::unique_ptr<Impl> impl, std::string address);

  const std::unique_ptr<Impl> impl_;
  const std::string address_;
};

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_ADMIN_ADMIN_LISTENER_H_
