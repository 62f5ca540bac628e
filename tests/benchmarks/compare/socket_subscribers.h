#ifndef AMPSTREAM_TESTS_BENCHMARKS_COMPARE_SOCKET_SUBSCRIBERS_H_
#define AMPSTREAM_TESTS_BENCHMARKS_COMPARE_SOCKET_SUBSCRIBERS_H_

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tests/benchmarks/compare/event_sink.h"
#include "tests/benchmarks/compare/protocols.h"
#include "tests/benchmarks/compare/read_loop.h"
#include "tests/benchmarks/compare/subscribers.h"

namespace ampstream {

// Subscribers of a broker, all read by one thread. Thread-compatible.
class SocketSubscribers final : public Subscribers {
 public:
  // All are subscribed once it returns. The protocol and the sink must outlive them.
  static absl::StatusOr<std::unique_ptr<SocketSubscribers>> Connect(const SubscribeProtocol& protocol, int port,
                                                                    const SubscriberSet& set, EventSink& sink);

  ~SocketSubscribers() override;

  absl::Status status() const override;

 private:
  class Connection;

  SocketSubscribers(const SubscribeProtocol& protocol, EventSink& sink);
  absl::Status Add(int port, int subscribers, From from);

  const SubscribeProtocol& protocol_;
  EventSink& sink_;
  int subscribers_ = 0;
  std::atomic<int> closed_{0};
  std::vector<std::unique_ptr<Connection>> connections_;
  ReadLoop loop_;
};

}  // namespace ampstream

#endif  // AMPSTREAM_TESTS_BENCHMARKS_COMPARE_SOCKET_SUBSCRIBERS_H_
