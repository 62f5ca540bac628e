#ifndef AMPSTREAM_CLIENT_CLI_GET_H_
#define AMPSTREAM_CLIENT_CLI_GET_H_

#include <string>

#include "absl/status/status.h"
#include "client/cli/line_writer.h"
#include "client/cli/notices.h"
#include "client/cli/output_format.h"

namespace ampstream {

// `ampstream get ID`
struct GetOptions {
  std::string grpc_address;
  std::string id;
  OutputFormat output = OutputFormat::kText;
};

// Prints the whole event: as text its JSON, indented; as JSON the same on one line. The message of an error is for the
// person.
absl::Status Run(const GetOptions& options, LineWriter& out, const Notices& notices);

}  // namespace ampstream

#endif  // AMPSTREAM_CLIENT_CLI_GET_H_
