#ifndef AMPSTREAM_TESTS_BENCHMARKS_COMPARE_TRIAL_H_
#define AMPSTREAM_TESTS_BENCHMARKS_COMPARE_TRIAL_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "tests/benchmarks/compare/arrival_order.h"
#include "tests/benchmarks/compare/peer.h"

namespace ampstream {

// What a peer is given.
struct TrialLoad {
  Senders senders;
  int subscribers = 0;
  int64_t padding = -1;  // See EventBatch.
  int64_t first = 0;     // The first event's number: see ArrivalOrder.
};

// What a round showed.
struct Sample {
  double deliveries_per_second = 0;  // Events, where nobody subscribes.
  double cpu_seconds_per_million = 0;
};

// A peer under load in a closed loop: each sender sends its next request as soon as the last is answered.
// Thread-compatible.
class Trial {
 public:
  static absl::StatusOr<std::unique_ptr<Trial>> Start(const Peer& peer, const std::string& folder,
                                                      const TrialLoad& load);

  // Finds how many events take about so long, which warms up.
  absl::Status WarmUp(absl::Duration round);

  // Sends so many, by WarmUp, and waits until every subscriber has them. An error: not all came in time, or the server
  // refused some.
  absl::Status Round();

  int64_t requests_a_round() const { return requests_a_round_; }
  const std::vector<Sample>& samples() const { return samples_; }
  RunningPeer& peer() { return *peer_; }

  // Whether each subscriber got each event once, in the order of sending. Last.
  absl::Status Check();

 private:
  explicit Trial(const TrialLoad& load)
      : load_(load), sent_(load.first), order_(load.subscribers, load.senders, load.first) {}
  absl::StatusOr<Sample> Send(int64_t requests);

  const TrialLoad load_;
  int64_t sent_;
  int64_t requests_a_round_ = 0;  // A multiple of the senders.
  std::vector<Sample> samples_;
  ArrivalOrder order_;
  std::unique_ptr<RunningPeer> peer_;
  std::unique_ptr<Subscribers> subscribers_;
};

// The middle one of a field over the rounds.
double MedianOf(const std::vector<Sample>& samples, double Sample::*field);

// The middle one of the ratios of each round to the other's same round: rounds differ more than servers do.
double RatioOf(const std::vector<Sample>& samples, const std::vector<Sample>& to, double Sample::*field);

}  // namespace ampstream

#endif  // AMPSTREAM_TESTS_BENCHMARKS_COMPARE_TRIAL_H_
