#ifndef AMPSTREAM_SERVER_BASE_CLOCK_H_
#define AMPSTREAM_SERVER_BASE_CLOCK_H_

#include "absl/time/time.h"

namespace ampstream {

// Where the time comes from, so that tests can say what time it is. Implementations are thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;

  virtual absl::Time Now() const = 0;

  // The system's clock. Lives as long as the process.
  static const Clock& Real();
};

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_BASE_CLOCK_H_
