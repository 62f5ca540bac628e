#include "server/ingress/request_reader.h"

#include <algorithm>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"

namespace ampstream {

// One that is assigned keeps the memory of its strings.
void RequestReader::Clear() {
  RequestReader fresh;
  std::swap(*this, fresh);
}

size_t RequestReader::MemoryOf(const HttpHead& head) {
  size_t size = MemoryOf(head.method) + MemoryOf(head.path) + head.headers.capacity() * sizeof(head.headers[0]);
  for (const auto& [name, value] : head.headers) size += MemoryOf(name) + MemoryOf(value);
  return size;
}

size_t RequestReader::wanted(const HeadLimits& limits) const {
  switch (state_) {
    case State::kIdle:
    case State::kHead:
      // One more than fits, so that one too large is seen.
      return limits.max_bytes + 1 - std::min(pending_.size(), limits.max_bytes);
    case State::kBody:
      return body_size_ - request_.body.size();
    default:
      return 0;
  }
}

void RequestReader::Append(absl::string_view bytes, const HeadLimits& limits) {
  if (bytes.empty()) return;
  if (state_ == State::kBody) return FillBody(bytes);
  pending_.append(bytes.data(), bytes.size());
  ScanHead(limits);
}

void RequestReader::ScanHead(const HeadLimits& limits) {
  state_ = pending_.empty() ? State::kIdle : State::kHead;
  const HeadScanner::State found = scanner_.Scan(pending_, limits);
  if (found == HeadScanner::State::kMore) return;
  state_ = State::kRefused;
  if (found == HeadScanner::State::kTooLarge) {
    refusal_ = ErrorAnswer(HttpError::kHeadersTooLarge, absl::StrCat("the head has more than ", limits.max_bytes,
                                                                     " bytes or ", limits.max_lines, " lines"));
    return;
  }
  if (found == HeadScanner::State::kMalformed) {
    refusal_ = ErrorAnswer(HttpError::kMalformedRequest, "not an HTTP/1.1 request");
    return;
  }
  absl::StatusOr<HttpHead> head = ParseHead(absl::string_view(pending_).substr(0, scanner_.size()));
  if (!head.ok()) {
    refusal_ = ErrorAnswer(HttpError::kMalformedRequest, head.status().message());
    return;
  }
  request_.head = *std::move(head);
  parsed_head_memory_ = MemoryOf(request_.head);
  pending_.erase(0, scanner_.size());
  state_ = State::kHeadWhole;
}

void RequestReader::ExpectBody(size_t size) {
  body_size_ = size;
  state_ = State::kBody;
  const size_t here = std::min(size, pending_.size());
  FillBody(absl::string_view(pending_).substr(0, here));
  pending_.erase(0, here);
  if (pending_.empty()) std::string().swap(pending_);  // Of an idle connection nothing is kept.
}

// Grows with what comes, not with what is announced: an announcement costs its sender nothing. Nor beyond what is
// announced, as a string that grows by itself, or that is reserved for, would.
void RequestReader::FillBody(absl::string_view bytes) {
  std::string& body = request_.body;
  const size_t needed = body.size() + bytes.size();
  if (needed > body.capacity()) {
    std::string grown;
    grown.reserve(std::min(body_size_, std::max(needed, 2 * body.capacity())));
    grown.append(body);
    body.swap(grown);
  }
  body.append(bytes.data(), bytes.size());
  if (body.size() == body_size_) state_ = State::kWhole;
}

HttpRequest RequestReader::Take(const HeadLimits& limits) {
  HttpRequest request = std::move(request_);
  request_ = HttpRequest();
  parsed_head_memory_ = 0;
  scanner_ = HeadScanner();
  ScanHead(limits);
  return request;
}

}  // namespace ampstream
