#ifndef AMPSTREAM_TESTS_BENCHMARKS_COMPARE_READ_LOOP_H_
#define AMPSTREAM_TESTS_BENCHMARKS_COMPARE_READ_LOOP_H_

#include <thread>

#include "absl/status/status.h"

namespace ampstream {

// One thread that waits for all of a load's connections: it does as little as can be done, because it shares the
// processors with what is measured. Thread-compatible.
class ReadLoop {
 public:
  // One of them.
  class Connection {
   public:
    virtual ~Connection() = default;

    virtual int fd() const = 0;

    // Something has come. False: it is over, and no longer waited for.
    virtual bool OnReadable() = 0;
  };

  ReadLoop();

  // Ends the thread. The connections must still be there.
  ~ReadLoop();

  // Waits for that one too. It must outlive the loop, and must not be read elsewhere from Start on.
  absl::Status Add(Connection* connection);

  // An error: it cannot be ended, and has not begun.
  absl::Status Start();

 private:
  void Run();

  const int epoll_;
  const int stop_;  // An eventfd that ends the thread.
  std::thread thread_;
};

}  // namespace ampstream

#endif  // AMPSTREAM_TESTS_BENCHMARKS_COMPARE_READ_LOOP_H_
