#ifndef AMPSTREAM_TESTS_BENCHMARKS_HOSTILE_SENDER_H_
#define AMPSTREAM_TESTS_BENCHMARKS_HOSTILE_SENDER_H_

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace ampstream {

// One who means a server on this machine harm over HTTP: each act is one of those that a hostile or broken sender does,
// at random; and a set of connections that drip bytes stays open all the while. Thread-compatible.
class HostileSender {
 public:
  HostileSender(int port, int drips, uint32_t seed);
  ~HostileSender();
  HostileSender(const HostileSender&) = delete;
  HostileSender& operator=(const HostileSender&) = delete;

  // Does one thing, and leaves it.
  void Act();

  // One byte more on each that drips; those that the server has closed begin anew.
  void Drip();

  int64_t acts() const { return acts_; }

 private:
  int Open() const;
  // Sends, reads what comes for a moment at most, closes.
  void SendAndLeave(const std::string& bytes, bool half_closes);
  void SendAndReset(const std::string& bytes);
  std::string RandomBytes(size_t size);

  const int port_;
  std::mt19937 random_;
  std::vector<int> drips_;
  int64_t acts_ = 0;
};

}  // namespace ampstream

#endif  // AMPSTREAM_TESTS_BENCHMARKS_HOSTILE_SENDER_H_
