#include "server/base/host_port.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace ampstream {
namespace {

bool IsPort(absl::string_view text, int* port) {
  for (char c : text) {
    if (!absl::ascii_isdigit(c)) return false;
  }
  return absl::SimpleAtoi(text, port) && *port <= 65535;
}

}  // namespace

absl::StatusOr<HostPort> HostPort::Parse(absl::string_view text) {
  HostPort address;
  const size_t colon = text.rfind(':');
  const bool has_colon = colon != absl::string_view::npos;
  absl::string_view host = text.substr(0, has_colon ? colon : 0);
  const bool bracketed = absl::StartsWith(host, "[") && absl::EndsWith(host, "]");
  if (bracketed) host = host.substr(1, host.size() - 2);
  const bool host_is_good = !host.empty() && host.find_first_of(bracketed ? "[]" : ":[]") == absl::string_view::npos;
  if (!has_colon || !host_is_good || !IsPort(text.substr(colon + 1), &address.port)) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", text, "\" is no address; expected HOST:PORT with a port from 0 to 65535"));
  }
  address.host = std::string(host);
  return address;
}

std::string HostPort::ToString() const {
  return absl::StrContains(host, ':') ? absl::StrCat("[", host, "]:", port) : absl::StrCat(host, ":", port);
}

bool HostPort::IsLoopback() const {
  in_addr ipv4;
  in6_addr ipv6;
  if (inet_pton(AF_INET, host.c_str(), &ipv4) == 1) return ntohl(ipv4.s_addr) >> 24 == IN_LOOPBACKNET;
  if (inet_pton(AF_INET6, host.c_str(), &ipv6) == 1) return IN6_IS_ADDR_LOOPBACK(&ipv6);
  return host == "localhost";
}

}  // namespace ampstream
