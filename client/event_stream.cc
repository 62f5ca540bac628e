#include "client/event_stream.h"

namespace ampstream {

absl::Status EventStream::ForEach(absl::FunctionRef<bool(const v1::SubscribeResponse&)> on_response) {
  v1::SubscribeResponse response;
  while (Next(&response)) {
    if (!on_response(response)) {
      Cancel();
      // The end was asked for: that it comes as CANCELLED is no news.
      Finish().IgnoreError();
      return absl::OkStatus();
    }
  }
  return Finish();
}

}  // namespace ampstream
