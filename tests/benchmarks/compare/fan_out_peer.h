#ifndef AMPSTREAM_TESTS_BENCHMARKS_COMPARE_FAN_OUT_PEER_H_
#define AMPSTREAM_TESTS_BENCHMARKS_COMPARE_FAN_OUT_PEER_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "tests/benchmarks/compare/broker.h"

namespace ampstream {

// A server that hands the events of one sender to its subscribers. It is started with the object, and ends with it. All
// get the events of track_json.h in arrays of 100, the next once the server has taken the last one. Thread-compatible.
class FanOutPeer {
 public:
  virtual ~FanOutPeer() = default;

  // Makes ready the next so many events, before the clock runs.
  virtual void Prepare(int64_t events) = 0;

  // Sends them, and waits until every subscriber has them. An error: they did not come, or a connection broke.
  virtual absl::Status SendAndAwait() = 0;

  // Of the server alone.
  virtual absl::Duration CpuTime() const = 0;
  virtual int64_t RssBytes() const = 0;

  // Whether each subscriber got each event once, in the order of sending. Last.
  virtual absl::Status Check() = 0;
};

// ampstreamd, posted to over HTTP, with a log in that folder: an array is answered once it has been synced.
absl::StatusOr<std::unique_ptr<FanOutPeer>> StartAmpstream(const std::string& binary, const std::string& data_dir,
                                                           int subscribers);

// The same events as ampstreamd encodes them.
absl::StatusOr<std::unique_ptr<FanOutPeer>> StartBroker(const Broker& broker, const std::string& binary,
                                                        int subscribers);

}  // namespace ampstream

#endif  // AMPSTREAM_TESTS_BENCHMARKS_COMPARE_FAN_OUT_PEER_H_
