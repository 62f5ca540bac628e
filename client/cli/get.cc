#include "client/cli/get.h"

#include "absl/status/statusor.h"
#include "ampstream/v1/event_service.pb.h"
#include "client/call_error.h"
#include "client/cli/error_text.h"
#include "client/cli/event_json.h"
#include "client/subscriber.h"

namespace ampstream {

absl::Status Run(const GetOptions& options, LineWriter& out, const Notices& /*notices*/) {
  v1::GetEventRequest request;
  request.set_id(options.id);
  const absl::StatusOr<v1::GetEventResponse> response = Subscriber::Connect(options.grpc_address).GetEvent(request);
  if (!response.ok()) {
    return absl::Status(response.status().code(), ErrorText(CallError::Of(response.status()), options.grpc_address));
  }
  const absl::StatusOr<std::string> text =
      options.output == OutputFormat::kJson ? JsonLine(response->event()) : IndentedJson(response->event());
  if (!text.ok()) return text.status();
  return out.Write(*text) ? absl::OkStatus() : out.status();
}

}  // namespace ampstream
