#ifndef AMPSTREAM_TESTS_TESTING_DISPATCH_THREADS_H_
#define AMPSTREAM_TESTS_TESTING_DISPATCH_THREADS_H_

#include "server/hub/hub.h"
#include "server/hub/reader_pool.h"

namespace ampstream {

// Two threads that dispatch for a hub, as those of gRPC's queue do in the server. To be ended before the hub is.
// Thread-compatible.
class DispatchThreads {
 public:
  explicit DispatchThreads(Hub& hub) : hub_(hub) {
    hub_.SetDispatcher([this] { threads_.Run([this] { hub_.Dispatch(); }); });
  }
  ~DispatchThreads() {
    hub_.SetDispatcher(nullptr);
    threads_.Stop();
  }

 private:
  Hub& hub_;
  ReaderPool threads_{2};
};

}  // namespace ampstream

#endif  // AMPSTREAM_TESTS_TESTING_DISPATCH_THREADS_H_
