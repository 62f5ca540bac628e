#ifndef AMPSTREAM_SERVER_INGRESS_WORKER_POOL_H_
#define AMPSTREAM_SERVER_INGRESS_WORKER_POOL_H_

#include <cstddef>
#include <deque>
#include <thread>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "server/base/mutex.h"

namespace ampstream {

// Threads for what needs a processor and waits for nothing. Unbounded: who adds to it bounds what it adds. Thread-safe.
class WorkerPool {
 public:
  using Task = absl::AnyInvocable<void() &&>;

  // 0: as many threads as there are processors, and at least two.
  explicit WorkerPool(int threads);

  // Runs what was added before it ends.
  ~WorkerPool();

  // All at once cost less than each alone.
  void Add(std::vector<Task> tasks);

 private:
  void WakeOne() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Run();

  Mutex mutex_;
  CondVar added_;
  std::deque<Task> tasks_ ABSL_GUARDED_BY(mutex_);
  size_t idle_ ABSL_GUARDED_BY(mutex_) = 0;
  bool ends_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_INGRESS_WORKER_POOL_H_
