#ifndef AMPSTREAM_CLIENT_CLI_HTTP_POST_H_
#define AMPSTREAM_CLIENT_CLI_HTTP_POST_H_

#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace ampstream {

// What a server answered.
struct HttpAnswer {
  int code = 0;
  std::string body;
  // The header Retry-After; empty: there was none.
  std::string retry_after;
};

// INVALID_ARGUMENT: `url` is not `http://HOST[:PORT]/PATH` or `https://...`; the message is for the person.
absl::Status CheckUrl(absl::string_view url);

// Posts `body`, as it is, as application/json with `headers` to a URL that CheckUrl takes. Follows no redirection. Each
// of connecting, writing and reading may take 10 s. UNAVAILABLE: there was no answer; whether the server has taken the
// body is then not known.
absl::StatusOr<HttpAnswer> HttpPost(absl::string_view url, const std::map<std::string, std::string>& headers,
                                    absl::string_view body);

}  // namespace ampstream

#endif  // AMPSTREAM_CLIENT_CLI_HTTP_POST_H_
