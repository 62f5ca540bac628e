#ifndef AMPSTREAM_CLIENT_CLI_LIST_H_
#define AMPSTREAM_CLIENT_CLI_LIST_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "ampstream/v1/filter.pb.h"
#include "client/cli/line_writer.h"
#include "client/cli/notices.h"
#include "client/cli/output_format.h"

namespace ampstream {

// `ampstream list`
struct ListOptions {
  std::string grpc_address;
  v1::EventFilter filter;
  // The most events to print. 0: all.
  int64_t limit = 0;
  OutputFormat output = OutputFormat::kText;
};

// Prints the events that match, oldest first, through all pages. The message of an error is for the person.
absl::Status Run(const ListOptions& options, LineWriter& out, const Notices& notices);

}  // namespace ampstream

#endif  // AMPSTREAM_CLIENT_CLI_LIST_H_
