#ifndef AMPSTREAM_SERVER_RPC_STREAM_REGISTRY_H_
#define AMPSTREAM_SERVER_RPC_STREAM_REGISTRY_H_

#include <memory>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/base/mutex.h"

namespace ampstream {

class SubscribeStream;

// The streams that are open now, and how many there may be. Thread-safe.
class StreamRegistry {
 public:
  explicit StreamRegistry(int max_streams) : max_streams_(max_streams) {}

  // For streams that begin from here on.
  void SetMaxStreams(int max_streams);

  // RESOURCE_EXHAUSTED, TOO_MANY_STREAMS: there are as many as may be. UNAVAILABLE, DRAINING: closed.
  absl::Status Add(std::shared_ptr<SubscribeStream> stream);

  void Remove(const std::shared_ptr<SubscribeStream>& stream);

  // No stream is added from now on.
  void Close();

  std::vector<std::shared_ptr<SubscribeStream>> Open() const;

  // False: some were still open at the deadline.
  bool WaitUntilEmpty(absl::Time deadline) const;

 private:
  mutable Mutex mutex_;
  mutable CondVar emptied_;
  absl::flat_hash_set<std::shared_ptr<SubscribeStream>> streams_ ABSL_GUARDED_BY(mutex_);
  int max_streams_ ABSL_GUARDED_BY(mutex_);
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
};

// What a stream of a server that drains is told.
absl::Status DrainingError();

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_RPC_STREAM_REGISTRY_H_
