#ifndef AMPSTREAM_TESTS_BENCHMARKS_COMPARE_SUBSCRIBERS_H_
#define AMPSTREAM_TESTS_BENCHMARKS_COMPARE_SUBSCRIBERS_H_

#include <string>

#include "absl/status/status.h"
#include "tests/benchmarks/compare/protocols.h"

namespace ampstream {

struct SubscriberSet {
  int count = 1;
  int connections = 1;  // Over which they are spread evenly.
  From from = From::kLatest;
};

// Open subscriptions, whose events go to an EventSink; they end with the object.
class Subscribers {
 public:
  virtual ~Subscribers() = default;

  // OK while none has ended.
  virtual absl::Status status() const = 0;
};

}  // namespace ampstream

#endif  // AMPSTREAM_TESTS_BENCHMARKS_COMPARE_SUBSCRIBERS_H_
