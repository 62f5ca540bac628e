#ifndef AMPSTREAM_TESTS_LOG_LEDGER_H_
#define AMPSTREAM_TESTS_LOG_LEDGER_H_

#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/base/mutex.h"
#include "server/event/position.h"
#include "server/log/event_log.h"

namespace ampstream {

// An event as it was read: its name without padding, and its place.
struct ReadEvent {
  std::string name;
  Position position;
};

// All events after a position. With an error: those before it stand in `before_error`, if that is given.
absl::StatusOr<std::vector<ReadEvent>> ReadEvents(EventLog& log, Position after,
                                                  std::vector<ReadEvent>* before_error = nullptr);

// What a sender knows of its deliveries, and so what a log that was opened anew has to hold. Thread-safe.
class Ledger {
 public:
  // Hands a delivery of these names to the log, each with so many bytes of padding, and notes the answer.
  absl::Status Append(EventLog& log, const std::vector<std::string>& names, size_t padding = 0);

  // What is wrong with the log, empty if nothing is. Everything that was answered and not removed since stands at its
  // place, is found by its id, and stands there once; of what was refused, a delivery is there as a whole or not at
  // all; nothing else is there.
  std::string FaultIn(EventLog& log) const;

  // As a sender does: hands over again what was refused, until the log has all of it. Fails the test if it refuses.
  void Retry(EventLog& log);

  size_t answered() const;
  size_t refused() const;

 private:
  struct Delivery {
    std::vector<std::string> names;
    size_t padding;
    std::vector<Position> positions;  // Empty: refused.
  };

  mutable Mutex mutex_;
  std::vector<Delivery> deliveries_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace ampstream

#endif  // AMPSTREAM_TESTS_LOG_LEDGER_H_
