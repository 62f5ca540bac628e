#ifndef AMPSTREAM_TESTS_BENCHMARKS_COMPARE_GRPC_STREAMS_H_
#define AMPSTREAM_TESTS_BENCHMARKS_COMPARE_GRPC_STREAMS_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "tests/benchmarks/compare/read_loop.h"

namespace ampstream {

// Calls of a server-streaming method on one connection, without gRPC: nghttp2 reads the HTTP/2, and before each message
// stand gRPC's five bytes (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md). gRPC's own client takes
// about as much processor time a message as a server does, where a broker's subscribers hardly take any: on shared
// processors it would be measured with the server. Thread-compatible.
class GrpcStreams final : public ReadLoop::Connection {
 public:
  class Reader {
   public:
    virtual ~Reader() = default;

    // A whole message, not decoded, which came at `time`. `stream` as in Call.
    virtual void OnMessage(int stream, absl::Time time, absl::string_view message) = 0;
    // The server has ended a stream, or broken it off.
    virtual void OnEnd(int stream, absl::string_view why) = 0;
  };

  // The reader must outlive it.
  static absl::StatusOr<std::unique_ptr<GrpcStreams>> Connect(int port, Reader& reader);

  ~GrpcStreams() override;

  // Begins a call. `stream` is a number that the reader knows it by.
  absl::Status Call(int stream, const std::string& method, absl::string_view request);

  int fd() const override;
  bool OnReadable() override;

 private:
  class Impl;
  explicit GrpcStreams(std::unique_ptr<Impl> impl);
  const std::unique_ptr<Impl> impl_;
};

}  // namespace ampstream

#endif  // AMPSTREAM_TESTS_BENCHMARKS_COMPARE_GRPC_STREAMS_H_
