#ifndef AMPSTREAM_TESTS_BENCHMARKS_COMPARE_STREAM_SUBSCRIBERS_H_
#define AMPSTREAM_TESTS_BENCHMARKS_COMPARE_STREAM_SUBSCRIBERS_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/base/mutex.h"
#include "tests/benchmarks/compare/event_sink.h"
#include "tests/benchmarks/compare/grpc_streams.h"
#include "tests/benchmarks/compare/read_loop.h"
#include "tests/benchmarks/compare/subscribers.h"
#include "tests/benchmarks/waitable_count.h"

namespace ampstream {

// Hands on each event in a message.
using EventsIn = void (*)(absl::string_view message, absl::FunctionRef<void(absl::string_view event)> deliver);

// Of ampstream's Subscribe.
inline constexpr char kSubscribeMethod[] = "/ampstream.v1.EventService/Subscribe";
void EventsInSubscribeResponse(absl::string_view message, absl::FunctionRef<void(absl::string_view event)> deliver);

// Subscribers over gRPC, all read by one thread. Thread-compatible.
class StreamSubscribers final : public Subscribers, private GrpcStreams::Reader {
 public:
  struct Options {
    int port = 0;
    int streams = 1;
    int connections = 1;  // Over which they are spread evenly.
    std::string method;
    std::vector<std::string> requests;  // Encoded ones, which the streams take in turn.
    EventsIn events_in = nullptr;
  };

  // All have had their first message once it returns. The sink must outlive them.
  static absl::StatusOr<std::unique_ptr<StreamSubscribers>> Open(const Options& options, EventSink& sink);

  absl::Status status() const override;

  // Waits until so many streams have ended. False: not in time.
  bool AwaitEnded(int streams, absl::Duration timeout) const { return ended_.AwaitAtLeast(streams, timeout); }

 private:
  StreamSubscribers(const Options& options, EventSink& sink);
  absl::Status Start();
  void OnMessage(int stream, absl::Time time, absl::string_view message) override;
  void OnEnd(int stream, absl::string_view why) override;
  void NoteBegun(size_t stream);

  const Options options_;
  EventSink& sink_;
  std::vector<bool> begun_;  // The loop's: which have had a message, or have ended.
  WaitableCount begun_count_;
  WaitableCount ended_;
  mutable Mutex mutex_;
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::unique_ptr<GrpcStreams>> connections_;
  ReadLoop loop_;
};

}  // namespace ampstream

#endif  // AMPSTREAM_TESTS_BENCHMARKS_COMPARE_STREAM_SUBSCRIBERS_H_
