#include "tests/benchmarks/webhook_sender.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace ampstream {
namespace {

constexpr size_t kReadSize = 64 << 10;
constexpr absl::string_view kHeadEnd = "\r\n\r\n";
constexpr absl::string_view kLengthHeader = "Content-Length:";
constexpr size_t kShownOfAnswer = 300;

}  // namespace

size_t AnswerSize(absl::string_view buffer) {
  const size_t head_end = buffer.find(kHeadEnd);
  if (head_end == absl::string_view::npos) return 0;
  const absl::string_view head = buffer.substr(0, head_end);
  const size_t at = head.find(kLengthHeader);
  if (at == absl::string_view::npos) return head_end + kHeadEnd.size();
  const size_t value = at + kLengthHeader.size();
  size_t length = 0;
  if (!absl::SimpleAtoi(head.substr(value, head.find("\r\n", value) - value), &length)) return 0;
  return head_end + kHeadEnd.size() + length;
}

std::string SignedRequest(const HmacKey& key, absl::string_view body) {
  const HmacKey::Mac mac = key.Sign(body).value();
  const std::string signature =
      absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(mac.data()), mac.size()));
  return absl::StrCat("POST /webhooks/amplitude/default HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json",
                      "\r\nx-amplitude-signature: ", signature, "\r\nContent-Length: ", body.size(), kHeadEnd, body);
}

absl::StatusOr<std::unique_ptr<WebhookSender>> WebhookSender::Connect(int port) {
  std::unique_ptr<WebhookSender> sender(new WebhookSender(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)));
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int yes = 1;
  if (connect(sender->fd_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 ||
      setsockopt(sender->fd_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes)) != 0) {
    return absl::UnavailableError(absl::StrCat("cannot connect to port ", port));
  }
  return sender;
}

WebhookSender::~WebhookSender() {
  if (fd_ >= 0) close(fd_);
}

absl::Status WebhookSender::Send(absl::string_view request, int64_t events) {
  absl::Status status = SendAll(request);
  if (status.ok()) status = ReadAnswer();
  if (!status.ok()) return status;
  if (absl::StartsWith(buffer_, "HTTP/1.1 200 ") &&
      absl::StrContains(buffer_, absl::StrCat("{\"accepted\":", events, ","))) {
    return absl::OkStatus();
  }
  return absl::InternalError(absl::StrCat("not accepted: ", buffer_.substr(0, kShownOfAnswer)));
}

absl::Status WebhookSender::SendAll(absl::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t sent = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return absl::UnavailableError("the server closed a connection that was sent on");
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return absl::OkStatus();
}

absl::Status WebhookSender::ReadAnswer() {
  buffer_.clear();
  for (size_t whole = 0; whole == 0 || buffer_.size() < whole;) {
    const size_t before = buffer_.size();
    buffer_.resize(before + kReadSize);
    const ssize_t got = recv(fd_, &buffer_[before], kReadSize, 0);
    buffer_.resize(before + static_cast<size_t>(got > 0 ? got : 0));
    if (got <= 0) return absl::UnavailableError("the server closed a connection without an answer");
    if (whole == 0) whole = AnswerSize(buffer_);
  }
  return absl::OkStatus();
}

}  // namespace ampstream
