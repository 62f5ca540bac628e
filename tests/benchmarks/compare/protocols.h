#ifndef AMPSTREAM_TESTS_BENCHMARKS_COMPARE_PROTOCOLS_H_
#define AMPSTREAM_TESTS_BENCHMARKS_COMPARE_PROTOCOLS_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "tests/benchmarks/compare/load.h"

namespace ampstream {

// What a sender says on its connection, and is answered. Immutable.
class PublishProtocol {
 public:
  virtual ~PublishProtocol() = default;

  // Said first. `connection` is a number of its own, from 0 on.
  virtual std::string Greeting(int connection) const;

  // What sends a batch; so many answers tell that the server has it.
  virtual std::string Request(int connection, const EventBatch& batch) const = 0;
  virtual int64_t AnswersTo(const EventBatch& batch) const = 0;

  // How many answers stand in what came since the last time; sets how many bytes of it are done with. An error: one of
  // them says no.
  virtual absl::StatusOr<int64_t> Answers(absl::string_view received, size_t* done) const = 0;

  // Whether a request may be sent before the last is answered.
  virtual bool pipelined() const { return true; }
};

// For what is posted one at a time: whether a whole answer has come, of 200, and good.
absl::StatusOr<int64_t> HttpAnswers(absl::string_view received,
                                    absl::FunctionRef<bool(absl::string_view answer)> is_good, size_t* done);

// Where a subscriber begins.
enum class From { kLatest, kEarliest };

// What a subscriber says on a socket, and is sent. Immutable.
class SubscribeProtocol {
 public:
  virtual ~SubscribeProtocol() = default;

  // Asks for all events, for that subscriber and, on the same connection, `more` after it (0 but for nats-server,
  // core). Once the answer has come, they are live; empty: they are at once.
  virtual std::string Request(int subscriber, int more, From from) const = 0;
  virtual absl::string_view Answer() const = 0;

  // Hands on each event in what came, with the subscriber's place on the connection, from 0 on; appends to `reply` what
  // is to be said to it. How many bytes were whole messages.
  using Deliverer = absl::FunctionRef<void(int place, absl::string_view event)>;
  virtual size_t Deliver(absl::string_view received, Deliverer deliver, std::string* reply) const = 0;
};

// Posts of webhooks to ampstreamd, and to whatever takes the same.
std::unique_ptr<PublishProtocol> WebhookPublish();

// nats-server, core: https://docs.nats.io/reference/reference-protocols/nats-protocol
std::unique_ptr<PublishProtocol> NatsPublish();
std::unique_ptr<SubscribeProtocol> NatsSubscribe();

// Its JetStream: published asynchronously, read by a push consumer as an ordered consumer has it, with flow control:
// https://docs.nats.io/reference/reference-protocols/nats_api_reference
std::unique_ptr<PublishProtocol> JetStreamPublish();
std::unique_ptr<SubscribeProtocol> JetStreamSubscribe();
// Makes the stream; is answered by what holds `JetStreamCreated`.
std::string JetStreamCreate();
inline constexpr absl::string_view kJetStreamCreated = "\"did_create\":true";

// redis-server, pub/sub: https://redis.io/docs/latest/develop/reference/protocol-spec/
std::unique_ptr<PublishProtocol> RedisPublish();
std::unique_ptr<SubscribeProtocol> RedisSubscribe();

// Its streams, read by XREAD: https://redis.io/docs/latest/develop/data-types/streams/
std::unique_ptr<PublishProtocol> RedisStreamPublish();
std::unique_ptr<SubscribeProtocol> RedisStreamSubscribe();

}  // namespace ampstream

#endif  // AMPSTREAM_TESTS_BENCHMARKS_COMPARE_PROTOCOLS_H_
