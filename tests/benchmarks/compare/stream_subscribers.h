#ifndef AMPSTREAM_TESTS_BENCHMARKS_COMPARE_STREAM_SUBSCRIBERS_H_
#define AMPSTREAM_TESTS_BENCHMARKS_COMPARE_STREAM_SUBSCRIBERS_H_

#include <memory>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "tests/benchmarks/compare/event_sink.h"
#include "tests/benchmarks/compare/subscribers.h"
#include "tests/benchmarks/stream_set.h"

namespace ampstream {

// Hands on each event in a response.
using EventsIn = void (*)(absl::string_view response, absl::FunctionRef<void(absl::string_view event)> deliver);

// Of ampstream's Subscribe.
void EventsInSubscribeResponse(absl::string_view response, absl::FunctionRef<void(absl::string_view event)> deliver);

// Subscribers over gRPC. Thread-compatible.
class StreamSubscribers final : public Subscribers, private StreamSet::Reader {
 public:
  // All have had their first response once it returns. The sink must outlive them.
  static absl::StatusOr<std::unique_ptr<StreamSubscribers>> Open(const StreamSet::Options& options, EventsIn events_in,
                                                                 EventSink& sink);

  absl::Status status() const override { return streams_->status(); }

 private:
  StreamSubscribers(EventsIn events_in, EventSink& sink) : events_in_(events_in), sink_(sink) {}
  bool OnResponse(int stream, absl::Time time, absl::string_view response) override;

  const EventsIn events_in_;
  EventSink& sink_;
  std::unique_ptr<StreamSet> streams_;
};

}  // namespace ampstream

#endif  // AMPSTREAM_TESTS_BENCHMARKS_COMPARE_STREAM_SUBSCRIBERS_H_
