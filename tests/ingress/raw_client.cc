#include "tests/ingress/raw_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace ampstream {
namespace {

constexpr int kTimeoutSeconds = 20;

void Limit(int fd, int option) {
  const timeval time = {kTimeoutSeconds, 0};
  setsockopt(fd, SOL_SOCKET, option, &time, sizeof(time));
}

// A status line and header lines, without the empty line after them.
RawClient::Answer ParseHead(absl::string_view head) {
  RawClient::Answer answer;
  const std::vector<absl::string_view> lines = absl::StrSplit(head, "\r\n");
  const std::vector<absl::string_view> status_line = absl::StrSplit(lines[0], absl::MaxSplits(' ', 2));
  if (status_line.size() < 2 || !absl::SimpleAtoi(status_line[1], &answer.status)) return {};
  for (size_t i = 1; i < lines.size(); ++i) {
    const std::pair<absl::string_view, absl::string_view> header = absl::StrSplit(lines[i], absl::MaxSplits(": ", 1));
    answer.headers.emplace(absl::AsciiStrToLower(header.first), header.second);
  }
  return answer;
}

}  // namespace

std::string RawClient::Answer::Header(const std::string& name) const {
  const auto [first, last] = headers.equal_range(name);
  return absl::StrJoin(first, last, "|", [](std::string* out, const auto& header) { *out += header.second; });
}

RawClient::RawClient(const std::string& address) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const std::pair<std::string, std::string> host_port = absl::StrSplit(address, absl::MaxSplits(':', 1));
  sockaddr_in to = {};
  to.sin_family = AF_INET;
  uint32_t port = 0;
  if (!absl::SimpleAtoi(host_port.second, &port)) return;
  to.sin_port = htons(static_cast<uint16_t>(port));
  inet_pton(AF_INET, host_port.first.c_str(), &to.sin_addr);
  Limit(fd_, SO_RCVTIMEO);
  Limit(fd_, SO_SNDTIMEO);
  const int yes = 1;
  setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
  connected_ = connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof(to)) == 0;
}

RawClient::~RawClient() { close(fd_); }

bool RawClient::Send(absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

void RawClient::EndSending() { shutdown(fd_, SHUT_WR); }

std::string RawClient::ReceiveOnce() {
  std::string bytes(1 << 16, '\0');
  ssize_t got = 0;
  do {
    got = recv(fd_, &bytes[0], bytes.size(), 0);
  } while (got < 0 && errno == EINTR);  // By the alarm of a fuzzer, for example.
  bytes.resize(got < 0 ? 0 : static_cast<size_t>(got));
  return bytes;
}

bool RawClient::Fill() {
  const std::string more = ReceiveOnce();
  buffer_ += more;
  return !more.empty();
}

RawClient::Answer RawClient::ReadAnswer() {
  size_t end = 0;
  while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
    if (!Fill()) return {};
  }
  Answer answer = ParseHead(absl::string_view(buffer_).substr(0, end));
  buffer_.erase(0, end + 4);
  size_t length = 0;
  if (const std::string text = answer.Header("content-length"); !text.empty() && !absl::SimpleAtoi(text, &length))
    return {};
  while (buffer_.size() < length) {
    if (!Fill()) return {};
  }
  answer.body = buffer_.substr(0, length);
  buffer_.erase(0, length);
  return answer;
}

bool RawClient::AtEnd() {
  char byte = 0;
  return buffer_.empty() && recv(fd_, &byte, 1, 0) == 0;
}

std::string PostOf(absl::string_view path, absl::string_view body, absl::string_view header_lines) {
  return absl::StrCat("POST ", path, " HTTP/1.1\r\nHost: test\r\nContent-Length: ", body.size(), "\r\n", header_lines,
                      "\r\n", body);
}

}  // namespace ampstream
