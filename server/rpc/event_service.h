#ifndef AMPSTREAM_SERVER_RPC_EVENT_SERVICE_H_
#define AMPSTREAM_SERVER_RPC_EVENT_SERVICE_H_

#include "server/filter/expression_parser.h"
#include "server/log/event_log.h"
#include "server/rpc/service.h"

namespace ampstream {

// The methods of v1.EventService that answer once. They run on gRPC's own threads for synchronous calls, never on a
// completion queue, so that they may wait for the log. Thread-safe.
class EventServiceImpl final : public Service {
 public:
  // The log must outlive the service.
  EventServiceImpl(EventLog& log, const ExpressionLimits& limits) : log_(log), limits_(limits) {}

  grpc::Status GetEvent(grpc::ServerContext* context, const v1::GetEventRequest* request,
                        v1::GetEventResponse* response) override;
  grpc::Status ListEvents(grpc::ServerContext* context, const v1::ListEventsRequest* request,
                          v1::ListEventsResponse* response) override;
  grpc::Status GetLogInfo(grpc::ServerContext* context, const v1::GetLogInfoRequest* request,
                          v1::GetLogInfoResponse* response) override;
  grpc::Status ValidateFilter(grpc::ServerContext* context, const v1::ValidateFilterRequest* request,
                              v1::ValidateFilterResponse* response) override;

 private:
  EventLog& log_;
  const ExpressionLimits limits_;
};

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_RPC_EVENT_SERVICE_H_
