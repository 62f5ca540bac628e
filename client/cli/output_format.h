#ifndef AMPSTREAM_CLIENT_CLI_OUTPUT_FORMAT_H_
#define AMPSTREAM_CLIENT_CLI_OUTPUT_FORMAT_H_

namespace ampstream {

// How data is printed: lines for a person, or JSON for a program.
enum class OutputFormat { kText, kJson };

}  // namespace ampstream

#endif  // AMPSTREAM_CLIENT_CLI_OUTPUT_FORMAT_H_
