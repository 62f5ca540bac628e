#include "client/cli/info.h"

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "ampstream/v1/event_service.pb.h"
#include "client/call_error.h"
#include "client/cli/error_text.h"
#include "client/cli/event_json.h"
#include "client/cli/event_text.h"
#include "client/cli/printable.h"
#include "client/subscriber.h"

namespace ampstream {
namespace {

std::string Text(const v1::GetLogInfoResponse& info) {
  return absl::StrCat("epoch   ", Printable(info.epoch()), "\n",                                           //
                      "events  ", info.events(), "\n",                                                     //
                      "bytes   ", info.bytes(), "\n",                                                      //
                      "oldest  ", Printable(info.oldest_cursor()), "  ",                                   //
                      info.has_oldest_time() ? TimeText(info.oldest_time()) : "(the log is empty)", "\n",  //
                      "newest  ", Printable(info.newest_cursor()), "  ",                                   //
                      info.has_newest_time() ? TimeText(info.newest_time()) : "(the log is empty)", "\n");
}

}  // namespace

absl::Status Run(const InfoOptions& options, LineWriter& out, const Notices& /*notices*/) {
  const absl::StatusOr<v1::GetLogInfoResponse> response = Subscriber::Connect(options.grpc_address).GetLogInfo({});
  if (!response.ok()) {
    return absl::Status(response.status().code(), ErrorText(CallError::Of(response.status()), options.grpc_address));
  }
  const absl::StatusOr<std::string> text =
      options.output == OutputFormat::kJson ? JsonLine(*response) : absl::StatusOr<std::string>(Text(*response));
  if (!text.ok()) return text.status();
  return out.Write(*text) ? absl::OkStatus() : out.status();
}

}  // namespace ampstream
