#ifndef AMPSTREAM_TESTS_BENCHMARKS_COMPARE_SOCKET_SUBSCRIBERS_H_
#define AMPSTREAM_TESTS_BENCHMARKS_COMPARE_SOCKET_SUBSCRIBERS_H_

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tests/benchmarks/compare/event_sink.h"
#include "tests/benchmarks/compare/protocols.h"
#include "tests/benchmarks/compare/sockets.h"
#include "tests/benchmarks/compare/subscribers.h"

namespace ampstream {

// Subscribers of a broker. One thread reads all of them and does as little as can be
// done, because it shares the processors with what is measured. Thread-compatible.
class SocketSubscribers final : public Subscribers {
 public:
  // All are subscribed once it returns. The protocol and the sink must outlive them.
  static absl::StatusOr<std::unique_ptr<SocketSubscribers>> Connect(const SubscribeProtocol& protocol, int port,
                                                                    const SubscriberSet& set, EventSink& sink);

  ~SocketSubscribers() override;

  absl::Status status() const override;

 private:
  struct Connection {
    Connection(Socket one, int first) : socket(std::move(one)), first(first), buffer(kBufferBytes) {}

    static constexpr size_t kBufferBytes = 512 << 10;
    Socket socket;
    const int first;  // Of its subscribers.
    std::vector<char> buffer;
    size_t size = 0;  // Of what stands at its beginning: the part of a message.
  };

  SocketSubscribers(const SubscribeProtocol& protocol, EventSink& sink);
  absl::Status Add(int port, int subscribers, From from);
  void ReadLoop();
  void ReadOne(int index);
  // Hands on what is whole, and answers it.
  void Deliver(int index);

  const SubscribeProtocol& protocol_;
  EventSink& sink_;
  std::vector<Connection> connections_;
  int subscribers_ = 0;
  std::string reply_;
  const int epoll_;
  const int stop_;  // An eventfd that ends the thread.
  std::atomic<int> closed_{0};
  std::thread thread_;
};

}  // namespace ampstream

#endif  // AMPSTREAM_TESTS_BENCHMARKS_COMPARE_SOCKET_SUBSCRIBERS_H_
