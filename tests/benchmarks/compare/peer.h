#ifndef AMPSTREAM_TESTS_BENCHMARKS_COMPARE_PEER_H_
#define AMPSTREAM_TESTS_BENCHMARKS_COMPARE_PEER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "tests/benchmarks/child_process.h"
#include "tests/benchmarks/compare/event_sink.h"
#include "tests/benchmarks/compare/protocols.h"
#include "tests/benchmarks/compare/publishers.h"
#include "tests/benchmarks/compare/subscribers.h"

namespace ampstream {

// A server that runs, a process of its own. It ends with the object. Thread-compatible.
class RunningPeer {
 public:
  virtual ~RunningPeer() = default;

  virtual absl::StatusOr<std::unique_ptr<Publishers>> Connect(int senders) = 0;

  // All are live once it returns. The sink must outlive them. UNIMPLEMENTED: it has no subscribers.
  virtual absl::StatusOr<std::unique_ptr<Subscribers>> Subscribe(const SubscriberSet& set, EventSink& sink) = 0;

  // User and system time that it has taken so far, and the memory that it holds.
  virtual absl::Duration CpuTime() const = 0;
  virtual int64_t RssBytes() const = 0;
};

// One of those that are compared. Immutable.
class Peer {
 public:
  virtual ~Peer() = default;

  virtual std::string name() const = 0;
  // Those settings that matter, for a person.
  virtual std::string settings() const = 0;

  // The program's path; empty, or not there: it is not installed.
  virtual const std::string& binary() const = 0;
  // The argument with which it tells its version.
  virtual std::string version_argument() const { return "--version"; }

  // With its data, if it keeps any, in that folder, which is there.
  virtual absl::StatusOr<std::unique_ptr<RunningPeer>> Start(const std::string& folder) const = 0;
};

bool IsInstalled(const Peer& peer);

// What it says of itself, on one line.
std::string VersionOf(const Peer& peer);

// ampstreamd, posted to over HTTP, read over gRPC, its log on disk: a request is answered once it has been synced.
std::unique_ptr<Peer> Ampstreamd(const std::string& binary);

// What a team would write first: node's HTTP server that checks the signature, parses the body, and keeps nothing.
std::unique_ptr<Peer> NodeIngest(const std::string& node, const std::string& script);

// And its gRPC server that writes an event a message: typed_server.cc.
std::unique_ptr<Peer> TypedServer(const std::string& binary);

std::unique_ptr<Peer> NatsCore(const std::string& binary);

// How often JetStream syncs its files: once in two minutes, its default, or before every answer.
enum class Sync { kDefault, kAlways };
std::unique_ptr<Peer> JetStreamFile(const std::string& binary, Sync sync);

std::unique_ptr<Peer> RedisPubSub(const std::string& binary);
std::unique_ptr<Peer> RedisStreams(const std::string& binary);

// https://centrifugal.dev/docs/server/server_api and https://centrifugal.dev/docs/transports/uni_grpc
std::unique_ptr<Peer> Centrifugo(const std::string& binary);

}  // namespace ampstream

#endif  // AMPSTREAM_TESTS_BENCHMARKS_COMPARE_PEER_H_
