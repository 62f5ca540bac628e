#ifndef AMPSTREAM_TESTS_CLIENT_FAKE_EVENT_SERVICE_H_
#define AMPSTREAM_TESTS_CLIENT_FAKE_EVENT_SERVICE_H_

#include <grpcpp/grpcpp.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "ampstream/v1/event_service.grpc.pb.h"
#include "ampstream/v1/event_service.pb.h"

namespace ampstream {

// A server of one process with the test: real gRPC on a free port, and answers that the test sets beforehand. Streams
// that are kept open end when the client cancels.
class FakeEventService final : public v1::EventService::Service {
 public:
  FakeEventService();
  ~FakeEventService() override;

  // HOST:PORT
  const std::string& address() const { return address_; }

  // What each Subscribe sends, and how it ends.
  std::vector<v1::SubscribeResponse> responses;
  grpc::Status end;
  // Instead of ending, waits for the client to cancel.
  bool keep_open = false;
  // What GetEvent and GetLogInfo answer.
  grpc::StatusCode unary_code = grpc::StatusCode::OK;
  v1::Event event;
  v1::GetLogInfoResponse log_info;
  // ListEvents: page n is asked for with the token "n" (the first with none), and all but the last have a next.
  std::vector<v1::ListEventsResponse> pages;

  // The requests that came, to read when the call is over.
  v1::SubscribeRequest subscribe_request;
  std::vector<v1::ListEventsRequest> list_requests;

 private:
  grpc::Status Subscribe(grpc::ServerContext* context, const v1::SubscribeRequest* request,
                         grpc::ServerWriter<v1::SubscribeResponse>* writer) override;
  grpc::Status GetEvent(grpc::ServerContext* context, const v1::GetEventRequest* request,
                        v1::GetEventResponse* response) override;
  grpc::Status ListEvents(grpc::ServerContext* context, const v1::ListEventsRequest* request,
                          v1::ListEventsResponse* response) override;
  grpc::Status GetLogInfo(grpc::ServerContext* context, const v1::GetLogInfoRequest* request,
                          v1::GetLogInfoResponse* response) override;

  std::string address_;
  std::unique_ptr<grpc::Server> server_;
};

// An error as ampstreamd makes it: with an ErrorInfo of `domain`.
grpc::Status ErrorWithInfo(grpc::StatusCode code, const std::string& message, const std::string& reason,
                           const std::map<std::string, std::string>& metadata, const std::string& domain = "ampstream");

// A response with one events.track event of this id, and this cursor.
v1::SubscribeResponse ResponseWithEvent(const std::string& id, const std::string& cursor);

}  // namespace ampstream

#endif  // AMPSTREAM_TESTS_CLIENT_FAKE_EVENT_SERVICE_H_
