#ifndef AMPSTREAM_SERVER_SERVER_H_
#define AMPSTREAM_SERVER_SERVER_H_

#include <atomic>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ampstream/config/v1/config.pb.h"
#include "server/admin/admin_listener.h"
#include "server/base/clock.h"
#include "server/config.h"
#include "server/hub/hub.h"
#include "server/ingress/listener.h"
#include "server/ingress/webhook_handler.h"
#include "server/log/event_log.h"
#include "server/rpc/rpc_server.h"

namespace ampstream {

// The composition root: makes every object, in order, and owns it. Thread-compatible.
class Server {
 public:
  // Serves at once. INVALID_ARGUMENT: a secret that cannot be had, an address that cannot be listened on, a folder that
  // cannot be used; else those of the log. `new_epoch`: the log on disk takes a new identity.
  static absl::StatusOr<std::unique_ptr<Server>> Start(const config::v1::Config& config, const Environment& environment,
                                                       const Clock& clock, bool new_epoch = false);

  ~Server();

  // `ampstreamd ready http=HOST:PORT grpc=HOST:PORT admin=HOST:PORT log=LOG epoch=EPOCH`, LOG being `memory` or
  // `rocksdb:FOLDER`.
  std::string ReadyLine() const;

  // Takes what may change while it runs from another configuration: sources with their secrets, read anew, the limits
  // of ingress, and the most streams. INVALID_ARGUMENT: a secret cannot be had; then nothing is changed.
  absl::Status Reload(const config::v1::Config& config, const Environment& environment);

  // Takes no new delivery, finishes what is under way, says goodbye to every stream. At most the configured time, after
  // which what is left is broken off.
  void Drain();

 private:
  Server(const config::v1::Config& config, const Clock& clock);
  absl::Status StartAll(const Environment& environment, bool new_epoch);
  std::string NotReady() const;

  const config::v1::Config config_;
  const Clock& clock_;
  std::atomic<bool> draining_{false};

  // In the order in which each needs the ones before it.
  std::unique_ptr<EventLog> log_;
  std::unique_ptr<Hub> hub_;
  std::unique_ptr<WebhookHandler> handler_;
  std::unique_ptr<RpcServer> rpc_;
  std::unique_ptr<Listener> ingress_;
  std::unique_ptr<AdminListener> admin_;
};

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_SERVER_H_
