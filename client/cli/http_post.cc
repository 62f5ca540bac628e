#include "client/cli/http_post.h"

#include <httplib.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace ampstream {
namespace {

constexpr time_t kTimeoutSeconds = 10;

struct Url {
  std::string server;  // http://HOST[:PORT]
  std::string path;
};

Url Split(absl::string_view url) {
  const size_t host = url.find("://") + 3;
  const size_t path = std::min(url.find('/', host), url.size());
  return {std::string(url.substr(0, path)), path == url.size() ? "/" : std::string(url.substr(path))};
}

}  // namespace

absl::Status CheckUrl(absl::string_view url) {
  const bool scheme = absl::StartsWith(url, "http://") || absl::StartsWith(url, "https://");
  // A blank or a line end would end the request line early.
  const bool clean = std::all_of(url.begin(), url.end(), absl::ascii_isgraph);
  if (!scheme || !clean || Split(url).server.back() == '/') {
    return absl::InvalidArgumentError(absl::StrCat("\"", url, "\" is not http://HOST:PORT/PATH"));
  }
  return absl::OkStatus();
}

absl::StatusOr<HttpAnswer> HttpPost(absl::string_view url, const std::map<std::string, std::string>& headers,
                                    absl::string_view body) {
  const Url parts = Split(url);
  httplib::Client client(parts.server);
  client.set_connection_timeout(kTimeoutSeconds);
  client.set_write_timeout(kTimeoutSeconds);
  client.set_read_timeout(kTimeoutSeconds);
  // Else head and body, sent apart, wait for each other's acknowledgement.
  client.set_tcp_nodelay(true);
  const httplib::Result result = client.Post(parts.path, httplib::Headers(headers.begin(), headers.end()), body.data(),
                                             body.size(), "application/json");
  if (result.error() == httplib::Error::Connection || result.error() == httplib::Error::ConnectionTimeout) {
    return absl::UnavailableError(
        absl::StrCat("cannot connect to ", parts.server, "; is ampstreamd serving HTTP there? (--url)"));
  }
  if (!result) {
    return absl::UnavailableError(
        absl::StrCat("no answer from ", parts.server, " (", httplib::to_string(result.error()), ")"));
  }
  return HttpAnswer{result->status, result->body, result->get_header_value("Retry-After")};
}

}  // namespace ampstream
