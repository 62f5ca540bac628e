#include "server/rpc/event_service.h"

#include <string>

#include "server/event/cursor.h"
#include "server/event/error.h"
#include "server/event/event_id.h"
#include "server/event/times.h"
#include "server/filter/filter.h"
#include "server/rpc/event_page.h"
#include "server/rpc/grpc_status.h"
#include "server/rpc/subscribe_request.h"

namespace ampstream {

grpc::Status EventServiceImpl::GetEvent(grpc::ServerContext*, const v1::GetEventRequest* request,
                                        v1::GetEventResponse* response) {
  const absl::optional<EventId> id = EventId::Parse(request->id());
  if (!id.has_value()) return ToGrpcStatus(InvalidRequest("id", "not an event's id: 32 lower-case hex digits"));
  const absl::StatusOr<std::string> encoded = log_.Find(*id);
  if (!encoded.ok()) return ToGrpcStatus(encoded.status());
  if (!response->mutable_event()->ParseFromString(*encoded))
    return ToGrpcStatus(absl::InternalError("the event in the log is damaged"));
  return grpc::Status::OK;
}

grpc::Status EventServiceImpl::ListEvents(grpc::ServerContext* context, const v1::ListEventsRequest* request,
                                          v1::ListEventsResponse* response) {
  return ToGrpcStatus(WithCursors(ReadEventPage(
                                      *request, log_, limits_, [context] { return context->IsCancelled(); }, response),
                                  log_.Info()));
}

grpc::Status EventServiceImpl::GetLogInfo(grpc::ServerContext*, const v1::GetLogInfoRequest*,
                                          v1::GetLogInfoResponse* response) {
  const LogInfo info = log_.Info();
  response->set_epoch(info.epoch.ToString());
  response->set_oldest_cursor(Cursor{info.epoch, info.oldest}.Encode());
  response->set_newest_cursor(Cursor{info.epoch, info.newest}.Encode());
  if (info.oldest_time.has_value()) SetTimestamp(*info.oldest_time, response->mutable_oldest_time());
  if (info.newest_time.has_value()) SetTimestamp(*info.newest_time, response->mutable_newest_time());
  response->set_events(info.events);
  response->set_bytes(info.bytes);
  return grpc::Status::OK;
}

grpc::Status EventServiceImpl::ValidateFilter(grpc::ServerContext*, const v1::ValidateFilterRequest* request,
                                              v1::ValidateFilterResponse* response) {
  const absl::StatusOr<std::shared_ptr<const Filter>> filter = Filter::Compile(request->filter(), limits_);
  if (filter.ok()) response->set_normalized_expression((*filter)->normalized_expression());
  return ToGrpcStatus(filter.status());
}

}  // namespace ampstream
