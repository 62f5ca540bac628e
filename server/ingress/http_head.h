#ifndef AMPSTREAM_SERVER_INGRESS_HTTP_HEAD_H_
#define AMPSTREAM_SERVER_INGRESS_HTTP_HEAD_H_

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

// The head of a request: request line and header lines. Source: https://www.rfc-editor.org/rfc/rfc9112
namespace ampstream {

// A request without its body.
struct HttpHead {
  std::string method;
  std::string path;  // Percent-decoded, without query.
  std::vector<std::pair<std::string, std::string>> headers;

  bool is_http_1_0 = false;
  bool keeps_alive = true;        // The sender may use the connection again.
  bool expects_continue = false;  // It sends the body once it is told to.

  // Of all headers of that name, in any case. The views are into this head.
  std::vector<absl::string_view> Values(absl::string_view name) const;

  // The first of them; empty where there is none.
  absl::string_view Value(absl::string_view name) const;
};

// The most that a head may be.
struct HeadLimits {
  size_t max_bytes = 16 << 10;
  size_t max_lines = 100;  // The request line is one.
};

// Finds where a head ends, as its bytes come. Looks at each byte once. Thread-compatible.
class HeadScanner {
 public:
  enum class State {
    kMore,       // It has not ended yet.
    kWhole,      // It has size() bytes.
    kMalformed,  // It holds what no head does: a control character, or a line that ends in half a CR LF.
    kTooLarge,
  };

  // `bytes`: all from the start of the head on, as many as the last time and more.
  State Scan(absl::string_view bytes, const HeadLimits& limits);

  // With the empty line that ends it.
  size_t size() const { return scanned_; }

 private:
  size_t scanned_ = 0;
  size_t line_ = 0;  // Where the line begins.
  size_t lines_ = 0;
  bool after_cr_ = false;
};

// Reads a head that HeadScanner has found, empty lines before it allowed. Strict: what two readers could understand
// differently is refused. A missing Host is taken, since nothing here depends on it. INVALID_ARGUMENT: what is wrong;
// none of the sender's bytes are in the text.
absl::StatusOr<HttpHead> ParseHead(absl::string_view head);

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_INGRESS_HTTP_HEAD_H_
