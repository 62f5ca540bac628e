#include "client/cli/list.h"

#include <algorithm>
#include <limits>

#include "absl/status/statusor.h"
#include "ampstream/v1/event_service.pb.h"
#include "client/call_error.h"
#include "client/cli/error_text.h"
#include "client/cli/event_lines.h"
#include "client/subscriber.h"

namespace ampstream {
namespace {

constexpr int64_t kPageSize = 100;

}  // namespace

absl::Status Run(const ListOptions& options, LineWriter& out, const Notices& /*notices*/) {
  const Subscriber subscriber = Subscriber::Connect(options.grpc_address);
  v1::ListEventsRequest request;
  *request.mutable_filter() = options.filter;
  int64_t left = options.limit == 0 ? std::numeric_limits<int64_t>::max() : options.limit;
  do {
    request.set_page_size(static_cast<int32_t>(std::min(left, kPageSize)));
    absl::StatusOr<v1::ListEventsResponse> page = subscriber.ListEvents(request);
    if (!page.ok()) {
      return absl::Status(page.status().code(), ErrorText(CallError::Of(page.status()), options.grpc_address));
    }
    absl::StatusOr<std::string> lines = EventLines(page->events(), options.output);
    if (!lines.ok()) return lines.status();
    if (!out.Write(*lines)) return out.status();
    left -= page->events_size();
    request.set_page_token(page->next_page_token());
  } while (left > 0 && !request.page_token().empty());
  return absl::OkStatus();
}

}  // namespace ampstream
