#include "tests/client/fake_event_service.h"

#include <chrono>
#include <thread>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace ampstream {

FakeEventService::FakeEventService() {
  int port = 0;
  server_ = grpc::ServerBuilder()
                .AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port)
                .RegisterService(this)
                .BuildAndStart();
  address_ = absl::StrCat("127.0.0.1:", port);
}

// Cancels what is open.
FakeEventService::~FakeEventService() { server_->Shutdown(std::chrono::system_clock::now()); }

grpc::Status FakeEventService::Subscribe(grpc::ServerContext* context, const v1::SubscribeRequest* request,
                                         grpc::ServerWriter<v1::SubscribeResponse>* writer) {
  subscribe_request = *request;
  for (const v1::SubscribeResponse& response : responses) writer->Write(response);
  // A synchronous handler learns of the client's cancelling by writing, or by asking.
  while (keep_open && !context->IsCancelled()) std::this_thread::yield();
  return end;
}

grpc::Status FakeEventService::GetEvent(grpc::ServerContext* /*context*/, const v1::GetEventRequest* request,
                                        v1::GetEventResponse* response) {
  if (unary_code != grpc::StatusCode::OK)
    return ErrorWithInfo(unary_code, "no event " + request->id(), "EVENT_NOT_FOUND", {});
  *response->mutable_event() = event;
  return grpc::Status::OK;
}

grpc::Status FakeEventService::ListEvents(grpc::ServerContext* /*context*/, const v1::ListEventsRequest* request,
                                          v1::ListEventsResponse* response) {
  list_requests.push_back(*request);
  size_t page = 0;
  if (!request->page_token().empty() && !absl::SimpleAtoi(request->page_token(), &page))
    return ErrorWithInfo(grpc::StatusCode::INVALID_ARGUMENT, "no such page", "INVALID_REQUEST", {});
  if (page < pages.size()) *response = pages[page];
  if (page + 1 < pages.size()) response->set_next_page_token(absl::StrCat(page + 1));
  return grpc::Status::OK;
}

grpc::Status FakeEventService::GetLogInfo(grpc::ServerContext* /*context*/, const v1::GetLogInfoRequest* /*request*/,
                                          v1::GetLogInfoResponse* response) {
  if (unary_code != grpc::StatusCode::OK) return grpc::Status(unary_code, "no log");
  *response = log_info;
  return grpc::Status::OK;
}

grpc::Status ErrorWithInfo(grpc::StatusCode code, const std::string& message, const std::string& reason,
                           const std::map<std::string, std::string>& metadata, const std::string& domain) {
  google::rpc::ErrorInfo info;
  info.set_reason(reason);
  info.set_domain(domain);
  info.mutable_metadata()->insert(metadata.begin(), metadata.end());
  google::rpc::Status details;
  details.set_code(code);
  details.set_message(message);
  details.add_details()->PackFrom(info);
  return grpc::Status(code, message, details.SerializeAsString());
}

v1::SubscribeResponse ResponseWithEvent(const std::string& id, const std::string& cursor) {
  v1::SubscribeResponse response;
  response.set_cursor(cursor);
  v1::Event& event = *response.add_events();
  event.set_id(id);
  event.set_cursor(cursor);
  event.set_type(v1::EVENT_TYPE_EVENTS_TRACK);
  event.set_source("default");
  event.mutable_occur_time()->set_seconds(1767323045);
  event.mutable_events_track()->set_event_type("Button Clicked");
  event.mutable_events_track()->set_user_id("u-1");
  return response;
}

}  // namespace ampstream
