#ifndef AMPSTREAM_CLIENT_CLI_TAIL_H_
#define AMPSTREAM_CLIENT_CLI_TAIL_H_

#include <string>

#include "absl/status/status.h"
#include "ampstream/v1/event_service.pb.h"
#include "client/cli/line_writer.h"
#include "client/cli/notices.h"
#include "client/cli/output_format.h"

namespace ampstream {

// `ampstream tail`
struct TailOptions {
  std::string grpc_address;
  v1::SubscribeRequest request;
  OutputFormat output = OutputFormat::kText;
  // Empty: none. Else its cursor, where it has one, wins over the start of `request`.
  std::string cursor_file;
  // Whether a person asked for the start of `request`, and is to be told where it is not used.
  bool start_given = false;
};

// Prints events as they come, until the stream ends or stdout is closed. Signals go to `notices`. The cursor file is
// replaced after each response, once its events are written. The message of an error is for the person.
absl::Status Run(const TailOptions& options, LineWriter& out, const Notices& notices);

}  // namespace ampstream

#endif  // AMPSTREAM_CLIENT_CLI_TAIL_H_
