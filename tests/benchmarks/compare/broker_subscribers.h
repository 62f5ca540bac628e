#ifndef AMPSTREAM_TESTS_BENCHMARKS_COMPARE_BROKER_SUBSCRIBERS_H_
#define AMPSTREAM_TESTS_BENCHMARKS_COMPARE_BROKER_SUBSCRIBERS_H_

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "tests/benchmarks/arrival_order.h"
#include "tests/benchmarks/compare/broker.h"
#include "tests/benchmarks/compare/sockets.h"

namespace ampstream {

// Subscribers of a broker, each on a connection of its own. One thread reads all of them and does as little as can be
// done, because it shares the processors with what is measured. Thread-compatible.
class BrokerSubscribers {
 public:
  // All are subscribed once it returns. The broker and the order must outlive them.
  static absl::StatusOr<std::unique_ptr<BrokerSubscribers>> Connect(const Broker& broker, int port, int count,
                                                                    ArrivalOrder& order);

  ~BrokerSubscribers();

  // How many connections the broker has closed.
  int closed() const { return closed_; }

 private:
  struct Connection {
    explicit Connection(Socket one) : socket(std::move(one)), buffer(kBufferBytes) {}

    static constexpr size_t kBufferBytes = 256 << 10;
    Socket socket;
    std::vector<char> buffer;
    size_t size = 0;  // Of what stands at its beginning: the part of a message.
  };

  BrokerSubscribers(const Broker& broker, ArrivalOrder& order);
  absl::Status Add(int port);
  void ReadLoop();
  void ReadOne(int index);

  const Broker& broker_;
  ArrivalOrder& order_;
  std::vector<Connection> connections_;
  const int epoll_;
  const int stop_;  // An eventfd that ends the thread.
  std::atomic<int> closed_{0};
  std::thread thread_;
};

}  // namespace ampstream

#endif  // AMPSTREAM_TESTS_BENCHMARKS_COMPARE_BROKER_SUBSCRIBERS_H_
