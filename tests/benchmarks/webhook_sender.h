#ifndef AMPSTREAM_TESTS_BENCHMARKS_WEBHOOK_SENDER_H_
#define AMPSTREAM_TESTS_BENCHMARKS_WEBHOOK_SENDER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/ingress/hmac.h"

namespace ampstream {

// A delivery as it goes over the wire, with head, signature and body.
std::string SignedRequest(const HmacKey& key, absl::string_view body);

// The size of the whole answer that begins `buffer`; 0 while its head is not whole.
size_t AnswerSize(absl::string_view buffer);

// One keep-alive connection to the HTTP port of a server on this machine; a request at a time. Does as little as can
// be done, because it shares the processors with what is measured. Thread-compatible.
class WebhookSender {
 public:
  static absl::StatusOr<std::unique_ptr<WebhookSender>> Connect(int port);
  ~WebhookSender();

  // Sends the request and waits for its answer. An error: the connection broke, or the answer is another than 200 with
  // `events` newly accepted ones.
  absl::Status Send(absl::string_view request, int64_t events);

 private:
  explicit WebhookSender(int fd) : fd_(fd) {}
  absl::Status SendAll(absl::string_view bytes) const;
  // Answers are read into buffer_ until one is whole, and stands there alone.
  absl::Status ReadAnswer();

  const int fd_;
  std::string buffer_;
};

}  // namespace ampstream

#endif  // AMPSTREAM_TESTS_BENCHMARKS_WEBHOOK_SENDER_H_
