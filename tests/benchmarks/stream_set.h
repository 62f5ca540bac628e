#ifndef AMPSTREAM_TESTS_BENCHMARKS_STREAM_SET_H_
#define AMPSTREAM_TESTS_BENCHMARKS_STREAM_SET_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "ampstream/v1/event_service.pb.h"

namespace ampstream {

// Many open Subscribe streams, read as bytes: parsing them would cost more than sending them did. On completion queues;
// gRPC's callback API sleeps for up to 95 ms after a second without an event. Thread-safe.
class StreamSet {
 public:
  // What reads the streams. Calls for one stream come one after the other, those for several at once where there are
  // several threads.
  class Reader {
   public:
    virtual ~Reader() = default;

    // A response of stream `stream` (counted from 0), an encoded SubscribeResponse, which came at `time`. False: the
    // stream stays open and is not read again before Resume.
    virtual bool OnResponse(int stream, absl::Time time, absl::string_view response) = 0;
  };

  struct Options {
    std::string address;
    int streams = 1;
    int connections = 1;  // Streams are spread over them evenly.
    int threads = 1;
    v1::SubscribeRequest request;
  };

  // Begins to open the streams. The reader must outlive the set.
  StreamSet(const Options& options, Reader& reader);

  // Cancels what is open, and waits for its end.
  ~StreamSet();

  // Waits until every stream has had its first response, which says that it is live. An error: one has ended, or it
  // took over half a minute.
  absl::Status AwaitSubscribed();

  // Reads on where the reader had stopped, if only for now.
  void Resume();

  // OK while no stream has ended; else how the first of them did.
  absl::Status status() const;

 private:
  class Impl;
  const std::unique_ptr<Impl> impl_;
};

}  // namespace ampstream

#endif  // AMPSTREAM_TESTS_BENCHMARKS_STREAM_SET_H_
