#ifndef AMPSTREAM_SERVER_INGRESS_REQUEST_READER_H_
#define AMPSTREAM_SERVER_INGRESS_REQUEST_READER_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"
#include "server/ingress/http_error.h"
#include "server/ingress/http_head.h"

namespace ampstream {

struct HttpRequest {
  HttpHead head;
  std::string body;
};

// Puts a connection's requests together from its bytes, in whatever pieces they come. Holds never more than about
// three times a head's limit and a body's length. Thread-compatible.
class RequestReader {
 public:
  enum class State {
    kIdle,       // No byte of a request has come.
    kHead,       // Some of its head.
    kHeadWhole,  // head() is to be looked at; then ExpectBody, or the end.
    kBody,       // Some of its body, or none yet.
    kWhole,      // Take is next.
    kRefused,    // It is malformed, or its head is too large: refusal() is the answer, and there is no way on.
  };

  State state() const { return state_; }

  // How many bytes it can take now. 0: it waits for its owner.
  size_t wanted(const HeadLimits& limits) const;

  // At most as many as are wanted.
  void Append(absl::string_view bytes, const HeadLimits& limits);

  const HttpHead& head() const { return request_.head; }
  const HttpAnswer& refusal() const { return refusal_; }

  void ExpectBody(size_t size);

  // The request; what has come after it is the next one's.
  HttpRequest Take(const HeadLimits& limits);

  // Forgets all, and gives its memory back.
  void Clear();

  // Bytes of memory held for a head, or for what has come after a request; and for the body.
  size_t head_memory() const { return MemoryOf(pending_) + parsed_head_memory_; }
  size_t body_memory() const { return MemoryOf(request_.body); }

 private:
  // A short one is held in the string itself.
  static size_t MemoryOf(const std::string& text) {
    return text.capacity() == std::string().capacity() ? text.size() : text.capacity();
  }

  static size_t MemoryOf(const HttpHead& head);

  void ScanHead(const HeadLimits& limits);
  void FillBody(absl::string_view bytes);

  State state_ = State::kIdle;
  std::string pending_;  // What has come of a head, and what has come after a whole one.
  HeadScanner scanner_;
  HttpRequest request_;
  size_t parsed_head_memory_ = 0;
  size_t body_size_ = 0;
  HttpAnswer refusal_;
};

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_INGRESS_REQUEST_READER_H_
