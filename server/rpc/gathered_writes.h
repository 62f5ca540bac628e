#ifndef AMPSTREAM_SERVER_RPC_GATHERED_WRITES_H_
#define AMPSTREAM_SERVER_RPC_GATHERED_WRITES_H_

#include <vector>

namespace ampstream {

// While one of these stands on a thread's stack, what that thread writes to several streams of a connection goes out
// together. gRPC sends at the end of each write, and each sending goes all the way to the other side and wakes it; so
// the connection's socket is corked (TCP_CORK) from the second write on, until this is destroyed. The first goes out at
// once. Not to be nested. A turn of QueueDispatcher or HeartbeatTimer has one.
class GatheredWrites {
 public:
  GatheredWrites();
  ~GatheredWrites();
  GatheredWrites(const GatheredWrites&) = delete;
  GatheredWrites& operator=(const GatheredWrites&) = delete;

  // Each stream says so before it writes to its socket; without effect on a thread that gathers none. It may have been
  // closed meanwhile, and be another's: that one is held back no longer than a turn either.
  static void OnWrite(int socket);

 private:
  struct Written {
    int socket;
    bool corked;
  };

  void Add(int socket);

  std::vector<Written> written_;
};

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_RPC_GATHERED_WRITES_H_
