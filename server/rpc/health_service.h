#ifndef AMPSTREAM_SERVER_RPC_HEALTH_SERVICE_H_
#define AMPSTREAM_SERVER_RPC_HEALTH_SERVICE_H_

#include <memory>
#include <set>
#include <string>
#include <utility>

#include "grpc/health/v1/health.grpc.pb.h"
#include "server/base/mutex.h"
#include "server/rpc/call_queue.h"

namespace ampstream {

// grpc.health.v1.Health, see https://github.com/grpc/grpc/blob/master/doc/health-checking.md. In the place of gRPC's
// own, because that one uses callbacks, and with those come two threads that poll for all of the server's connections
// and pass what they find to the queue's: three quarters of an idle server's thread switches. Nor does it take threads
// of the calls that answer once: a server that is busy with those is healthy. Thread-safe.
class HealthService final : public grpc::health::v1::Health::WithAsyncMethod_Check<
                                grpc::health::v1::Health::WithAsyncMethod_Watch<grpc::health::v1::Health::Service>> {
 public:
  // `names`: what may be asked for. All of it is serving until StopServing.
  explicit HealthService(std::set<std::string> names) : names_(std::move(names)) {}

  // Takes calls from here on, on this queue, which must be closed before the service goes. To be called once the server
  // runs. A check of a name that is not known is refused as NOT_FOUND; a watch of one is told SERVICE_UNKNOWN.
  void TakeCalls(CallQueue& queue);

  // Nothing is serving any more; who watches is told.
  void StopServing();

 private:
  class CheckCall;
  class Watch;
  using Status = grpc::health::v1::HealthCheckResponse::ServingStatus;

  bool Knows(const std::string& name) const { return names_.count(name) > 0; }
  // Of what is known.
  Status status() const;
  void Add(std::shared_ptr<Watch> watch);
  void Remove(const std::shared_ptr<Watch>& watch);

  const std::set<std::string> names_;
  mutable Mutex mutex_;
  bool serving_ ABSL_GUARDED_BY(mutex_) = true;
  std::set<std::shared_ptr<Watch>> watches_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_RPC_HEALTH_SERVICE_H_
