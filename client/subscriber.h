#ifndef AMPSTREAM_CLIENT_SUBSCRIBER_H_
#define AMPSTREAM_CLIENT_SUBSCRIBER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "ampstream/v1/event_service.pb.h"
#include "client/event_stream.h"

namespace ampstream {

// A client of one ampstream server:
//
//   Subscriber subscriber = Subscriber::Connect("127.0.0.1:50051");
//   v1::SubscribeRequest request;
//   request.mutable_filter()->add_types(v1::EVENT_TYPE_MONITORS_ALERT);
//   absl::Status end = subscriber.Subscribe(request)->ForEach([](const v1::SubscribeResponse& response) {
//     ...
//     return true;
//   });
//   if (!end.ok() && CallError::Of(end).retriable()) ...
//
// An error is a Status with gRPC's code and the server's text; `CallError::Of` (call_error.h) reads reason, metadata
// and whether to try again. Nothing is retried or resumed here: keep the cursor of the last response and subscribe with
// it. Copies share one connection. Thread-safe.
class Subscriber {
 public:
  // `address` is HOST:PORT, or any target that gRPC takes (`dns:///name:port`, `unix:path`). The connection is not
  // encrypted. Does not wait, and cannot fail: a server that cannot be reached is UNAVAILABLE at each call.
  static Subscriber Connect(const std::string& address);

  // A new subscription, which begins with the first Next of the stream. A refused request is known by the stream's
  // end. The stream may outlive the Subscriber.
  std::unique_ptr<EventStream> Subscribe(const v1::SubscribeRequest& request) const;

  // One call each, as event_service.proto says of it. Wait for 30 s at most, then DEADLINE_EXCEEDED.
  absl::StatusOr<v1::GetEventResponse> GetEvent(const v1::GetEventRequest& request) const;
  absl::StatusOr<v1::ListEventsResponse> ListEvents(const v1::ListEventsRequest& request) const;
  absl::StatusOr<v1::GetLogInfoResponse> GetLogInfo(const v1::GetLogInfoRequest& request) const;

 private:
  // Hides gRPC.
  class Connection;
  explicit Subscriber(std::shared_ptr<Connection> connection);

  std::shared_ptr<Connection> connection_;
};

}  // namespace ampstream

#endif  // AMPSTREAM_CLIENT_SUBSCRIBER_H_
