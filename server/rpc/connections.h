#ifndef AMPSTREAM_SERVER_RPC_CONNECTIONS_H_
#define AMPSTREAM_SERVER_RPC_CONNECTIONS_H_

#include <grpcpp/server_builder.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/base/acceptor.h"
#include "server/base/mutex.h"

namespace ampstream {

// Accepts the connections of a gRPC server in its place and hands them over to it, because gRPC tells nobody which
// socket a call is on. Thread-safe, but for Start and Stop.
class Connections {
 public:
  // For how long a peer may leave bytes unacknowledged, or a ping unanswered, before its connection is given up.
  static constexpr absl::Duration kPeerTimeout = absl::Seconds(20);

  // Listens, and accepts nothing yet. `address`: host:port; port 0 takes a free one. INVALID_ARGUMENT: it cannot listen
  // on the address. INTERNAL: no descriptors are left.
  static absl::StatusOr<std::unique_ptr<Connections>> Listen(const std::string& address);

  // Stops.
  ~Connections();

  // The address with the port that was taken.
  const std::string& address() const { return address_; }

  // To be called once, when the server runs, with what takes connections for it.
  using Receiver = grpc::experimental::ExternalConnectionAcceptor;
  void Start(std::unique_ptr<Receiver> receiver);

  // Accepts no more; what was accepted is gRPC's, and stays.
  void Stop();

  // The socket of the connection with this peer, as grpc::ServerContext names it; -1: it is not known. Closed when gRPC
  // closes it, of which nobody here is told.
  int SocketOf(const std::string& peer) const;

 private:
  Connections(const std::vector<int>& listening, std::string address);
  void Loop();
  void Wait();
  void Take(int fd);

  const std::string address_;
  const int epoll_;
  const int stop_;  // An event descriptor, which wakes the thread.
  std::atomic<bool> stopping_{false};
  std::vector<std::unique_ptr<Acceptor>> acceptors_;
  std::unique_ptr<Receiver> receiver_;
  std::thread thread_;

  mutable Mutex mutex_;  // After a stream's.
  absl::flat_hash_map<std::string, int> socket_of_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> peer_of_ ABSL_GUARDED_BY(mutex_);  // By socket: whose name goes when it is used anew.
};

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_RPC_CONNECTIONS_H_
