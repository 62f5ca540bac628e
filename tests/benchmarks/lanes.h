#ifndef AMPSTREAM_TESTS_BENCHMARKS_LANES_H_
#define AMPSTREAM_TESTS_BENCHMARKS_LANES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace ampstream {

// Keep-alive connections to the HTTP port of a server on this machine, each with requests to be sent one after the
// other. One thread serves all of them and does as little as can be done, because it shares the processors with what is
// measured. Thread-compatible.
class Lanes {
 public:
  // Connects.
  static absl::StatusOr<Lanes> Connect(int port, int count);

  Lanes(Lanes&& other) noexcept;
  ~Lanes();

  // To be sent on the next lane in turn.
  void Add(std::string request);

  // Sends all; the next on a lane as soon as the last one is answered. An error: a connection broke, or an answer is
  // another than 200 with `events` newly accepted ones.
  absl::Status SendAll(int64_t events);

 private:
  struct Lane {
    int fd = -1;
    std::vector<std::string> requests;
    size_t next = 0;
    std::string answer;  // What has come of it.
  };

  Lanes() = default;
  static absl::Status SendNext(Lane* lane);
  // What one read gives. True: the answer is whole, and good.
  static absl::StatusOr<bool> Receive(Lane* lane, const std::string& expected, std::string* buffer);

  std::vector<Lane> lanes_;
  size_t turn_ = 0;
};

}  // namespace ampstream

#endif  // AMPSTREAM_TESTS_BENCHMARKS_LANES_H_
