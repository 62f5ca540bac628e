#ifndef AMPSTREAM_SERVER_HUB_READER_POOL_H_
#define AMPSTREAM_SERVER_HUB_READER_POOL_H_

#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "server/base/mutex.h"

namespace ampstream {

// The few threads that may block on the log, so that no other has to. Thread-safe.
class ReaderPool {
 public:
  explicit ReaderPool(int threads);
  ~ReaderPool() { Stop(); }

  // Runs it on one of the threads, in the order of the calls. After Stop it is dropped.
  void Run(std::function<void()> task);

  // Ends the threads; what was not begun is dropped.
  void Stop();

 private:
  void Loop();
  std::function<void()> Next();

  Mutex mutex_;
  CondVar work_;
  std::deque<std::function<void()>> tasks_ ABSL_GUARDED_BY(mutex_);
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_HUB_READER_POOL_H_
