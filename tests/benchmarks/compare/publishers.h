#ifndef AMPSTREAM_TESTS_BENCHMARKS_COMPARE_PUBLISHERS_H_
#define AMPSTREAM_TESTS_BENCHMARKS_COMPARE_PUBLISHERS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "tests/benchmarks/compare/load.h"
#include "tests/benchmarks/compare/protocols.h"
#include "tests/benchmarks/compare/sockets.h"

namespace ampstream {

// Senders, each on a connection of its own, which are given their requests in turn. One thread serves them all and does
// as little as can be done, because it shares the processors with what is measured. Thread-compatible.
class Publishers {
 public:
  // The protocol must outlive them.
  static absl::StatusOr<std::unique_ptr<Publishers>> Connect(const PublishProtocol& protocol, int port, int count);

  ~Publishers();

  // To be sent by the next sender in turn. Costs what encoding costs, before the clock runs.
  void Prepare(const EventBatch& batch);

  // Sends all that is prepared, each as soon as its sender's last request is answered, and waits for every answer. An
  // error: a connection broke, or an answer says no.
  absl::Status SendAll();

  // Sends each at `start` plus its batch's schedule; later if its sender may not send before an answer that has not
  // come. Returns by how many microseconds each was sent late.
  absl::StatusOr<std::vector<int64_t>> SendOnTime(absl::Time start);

 private:
  struct Request {
    std::string bytes;
    int64_t answers;
    int64_t scheduled_us;
  };

  struct Sender {
    explicit Sender(Socket one) : socket(std::move(one)) {}

    Socket socket;
    std::vector<Request> requests;
    size_t next = 0;       // Of `requests`.
    size_t due = 0;        // How many of them may be sent.
    int64_t awaited = 0;   // Answers.
    std::string received;  // The beginning of an answer.
    bool idle() const { return next == requests.size() && awaited == 0; }
  };

  Publishers(const PublishProtocol& protocol, int epoll) : protocol_(protocol), epoll_(epoll) {}
  absl::Status Add(int port);
  // Sends what is due and may be sent.
  absl::Status Advance(Sender* sender);
  // Waits for answers, no longer than that.
  absl::Status TakeAnswers(absl::Duration timeout);
  absl::Status TakeAnswersUntil(absl::Time time);
  absl::Status Receive(Sender* sender);
  absl::Status AwaitIdle();
  void Forget();

  const PublishProtocol& protocol_;
  const int epoll_;
  std::vector<Sender> senders_;
  size_t turn_ = 0;
  size_t busy_ = 0;                            // Senders that are not idle.
  absl::Time start_ = absl::InfiniteFuture();  // Of SendOnTime, while it runs.
  std::vector<int64_t> late_us_;
};

}  // namespace ampstream

#endif  // AMPSTREAM_TESTS_BENCHMARKS_COMPARE_PUBLISHERS_H_
