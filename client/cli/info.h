#ifndef AMPSTREAM_CLIENT_CLI_INFO_H_
#define AMPSTREAM_CLIENT_CLI_INFO_H_

#include <string>

#include "absl/status/status.h"
#include "client/cli/line_writer.h"
#include "client/cli/notices.h"
#include "client/cli/output_format.h"

namespace ampstream {

// `ampstream info`
struct InfoOptions {
  std::string grpc_address;
  OutputFormat output = OutputFormat::kText;
};

// Prints what the log holds. The message of an error is for the person.
absl::Status Run(const InfoOptions& options, LineWriter& out, const Notices& notices);

}  // namespace ampstream

#endif  // AMPSTREAM_CLIENT_CLI_INFO_H_
