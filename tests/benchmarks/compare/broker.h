#ifndef AMPSTREAM_TESTS_BENCHMARKS_COMPARE_BROKER_H_
#define AMPSTREAM_TESTS_BENCHMARKS_COMPARE_BROKER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"

namespace ampstream {

// A broker of opaque bytes: how it is started and what is said over its sockets. Immutable.
class Broker {
 public:
  virtual ~Broker() = default;

  // The program and its arguments, to listen on a port of the loopback and keep nothing on disk.
  virtual std::vector<std::string> CommandLine(const std::string& binary, int port) const = 0;

  // Those settings that matter here, for a person.
  virtual std::string settings() const = 0;

  // What a subscriber of everything sends, and what its answer holds once it is subscribed.
  virtual std::string SubscribeRequest() const = 0;
  virtual absl::string_view SubscribeAnswer() const = 0;

  // What publishes the events, so that the broker has taken them once as many answers have come as Answers counts.
  virtual std::string PublishRequest(const std::vector<std::string>& events) const = 0;
  virtual int64_t AnswersTo(const std::vector<std::string>& events) const = 0;
  // In what came since the last time; sets how many bytes of it were whole answers.
  virtual int64_t Answers(absl::string_view received, size_t* whole) const = 0;

  // Hands on each event in what a subscriber received. How many bytes were whole messages.
  virtual size_t Deliver(absl::string_view received,
                         absl::FunctionRef<void(absl::string_view event)> deliver) const = 0;
};

// nats-server, core: https://docs.nats.io/reference/reference-protocols/nats-protocol
const Broker& NatsBroker();

// redis-server, pub/sub: https://redis.io/docs/latest/develop/reference/protocol-spec/
const Broker& RedisBroker();

}  // namespace ampstream

#endif  // AMPSTREAM_TESTS_BENCHMARKS_COMPARE_BROKER_H_
