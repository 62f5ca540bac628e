#include "server/ingress/http_head.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "server/base/status_macros.h"

namespace ampstream {
namespace {

constexpr absl::string_view kLineEnd = "\r\n";

bool IsControl(char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f; }

// A character of a method or a header's name.
bool IsTokenCharacter(char c) {
  return absl::ascii_isalnum(c) || absl::string_view("!#$%&'*+-.^_`|~").find(c) != absl::string_view::npos;
}

bool IsToken(absl::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), IsTokenCharacter);
}

absl::Status Malformed(absl::string_view what) { return absl::InvalidArgumentError(what); }

// `/path?query` of a target in either form in which one is sent to a server.
absl::StatusOr<absl::string_view> OriginForm(absl::string_view target) {
  if (absl::StartsWith(target, "/")) return target;
  for (const absl::string_view scheme : {"http://", "https://"}) {
    if (!absl::StartsWithIgnoreCase(target, scheme)) continue;
    const absl::string_view rest = target.substr(scheme.size());
    const size_t host = std::min(rest.find_first_of("/?"), rest.size());
    if (host == 0) return Malformed("the request target names no host");
    return host < rest.size() && rest[host] == '/' ? rest.substr(host) : absl::string_view("/");
  }
  return Malformed("the request target is neither a path nor a URL");
}

absl::StatusOr<std::string> DecodePath(absl::string_view path) {
  std::string decoded;
  decoded.reserve(path.size());
  for (size_t i = 0; i < path.size(); ++i) {
    if (path[i] != '%') {
      decoded += path[i];
      continue;
    }
    if (i + 2 >= path.size() || !absl::ascii_isxdigit(path[i + 1]) || !absl::ascii_isxdigit(path[i + 2]))
      return Malformed("the path holds a % that two hex digits do not follow");
    decoded += absl::HexStringToBytes(path.substr(i + 1, 2));
    if (IsControl(decoded.back())) return Malformed("the path holds a control character");
    i += 2;
  }
  return decoded;
}

bool IsVisible(char c) { return c > 0x20 && c < 0x7f; }

absl::Status ParseRequestLine(absl::string_view line, HttpHead* head) {
  const std::vector<absl::string_view> parts = absl::StrSplit(line, ' ');
  if (parts.size() != 3) return Malformed("the request line is not: method, target, version");
  if (!IsToken(parts[0])) return Malformed("the method is not a token");
  if (!std::all_of(parts[1].begin(), parts[1].end(), IsVisible) || absl::StrContains(parts[1], '#'))
    return Malformed("the request target holds a character that it may not");
  if (parts[2] != "HTTP/1.1" && parts[2] != "HTTP/1.0")
    return Malformed("the version is neither HTTP/1.1 nor HTTP/1.0");
  AMPSTREAM_ASSIGN_OR_RETURN(const absl::string_view target, OriginForm(parts[1]));
  AMPSTREAM_ASSIGN_OR_RETURN(head->path, DecodePath(target.substr(0, target.find('?'))));
  head->method = std::string(parts[0]);
  head->is_http_1_0 = parts[2] == "HTTP/1.0";
  return absl::OkStatus();
}

absl::Status ParseHeaderLine(absl::string_view line, HttpHead* head) {
  const size_t colon = line.find(':');
  if (colon == absl::string_view::npos) return Malformed("a header line has no colon");
  const absl::string_view name = line.substr(0, colon);
  // A line that begins with a blank was once a part of the one before; a blank before the colon is read in two ways.
  if (!IsToken(name)) return Malformed("a header's name is not a token");
  const absl::string_view value = absl::StripAsciiWhitespace(line.substr(colon + 1));
  if (std::any_of(value.begin(), value.end(), IsControl))
    return Malformed("a header's value holds a control character");
  head->headers.emplace_back(name, value);
  return absl::OkStatus();
}

// Whether one of the values, each a list, names the option.
bool HasOption(const std::vector<absl::string_view>& values, absl::string_view option) {
  for (const absl::string_view value : values) {
    for (const absl::string_view one : absl::StrSplit(value, ',')) {
      if (absl::EqualsIgnoreCase(absl::StripAsciiWhitespace(one), option)) return true;
    }
  }
  return false;
}

void ReadOptions(HttpHead* head) {
  const std::vector<absl::string_view> connection = head->Values("Connection");
  head->keeps_alive = !HasOption(connection, "close") && (!head->is_http_1_0 || HasOption(connection, "keep-alive"));
  head->expects_continue = !head->is_http_1_0 && HasOption(head->Values("Expect"), "100-continue");
}

}  // namespace

std::vector<absl::string_view> HttpHead::Values(absl::string_view name) const {
  std::vector<absl::string_view> values;
  for (const auto& [header, value] : headers) {
    if (absl::EqualsIgnoreCase(header, name)) values.push_back(value);
  }
  return values;
}

absl::string_view HttpHead::Value(absl::string_view name) const {
  const std::vector<absl::string_view> values = Values(name);
  return values.empty() ? absl::string_view() : values.front();
}

HeadScanner::State HeadScanner::Scan(absl::string_view bytes, const HeadLimits& limits) {
  while (scanned_ < bytes.size()) {
    if (scanned_ >= limits.max_bytes) return State::kTooLarge;  // It may be another than the last time.
    const char c = bytes[scanned_++];
    if (after_cr_ != (c == '\n')) return State::kMalformed;
    after_cr_ = c == '\r';
    if (c != '\n') {
      if (IsControl(c) && c != '\r') return State::kMalformed;
      continue;
    }
    const bool is_empty = scanned_ - line_ == kLineEnd.size();
    const bool is_end = is_empty && lines_ > 0;  // Empty lines before the first are passed over.
    line_ = scanned_;
    if (is_end) return State::kWhole;
    if (!is_empty && ++lines_ > limits.max_lines) return State::kTooLarge;
  }
  return State::kMore;
}

absl::StatusOr<HttpHead> ParseHead(absl::string_view head) {
  while (absl::ConsumePrefix(&head, kLineEnd)) {
  }
  HttpHead parsed;
  bool is_first = true;
  for (const absl::string_view line : absl::StrSplit(head, kLineEnd)) {
    if (line.empty()) break;
    AMPSTREAM_RETURN_IF_ERROR(is_first ? ParseRequestLine(line, &parsed) : ParseHeaderLine(line, &parsed));
    is_first = false;
  }
  if (is_first) return Malformed("there is no request line");
  if (parsed.Values("Host").size() > 1) return Malformed("there are several Host headers");
  ReadOptions(&parsed);
  return parsed;
}

}  // namespace ampstream
