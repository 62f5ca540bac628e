#include "server/rpc/stream_registry.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "server/event/error.h"

namespace ampstream {

absl::Status DrainingError() {
  return MakeError(absl::StatusCode::kUnavailable, v1::ERROR_REASON_DRAINING,
                   "the server drains; resume from the last cursor when it is back");
}

void StreamRegistry::SetMaxStreams(int max_streams) {
  MutexLock lock(&mutex_);
  max_streams_ = max_streams;
}

absl::Status StreamRegistry::Add(std::shared_ptr<SubscribeStream> stream) {
  MutexLock lock(&mutex_);
  if (closed_) return DrainingError();
  if (streams_.size() >= static_cast<size_t>(max_streams_)) {
    return WithMetadata(
        MakeError(absl::StatusCode::kResourceExhausted, v1::ERROR_REASON_TOO_MANY_STREAMS,
                  absl::StrCat("the server serves at most ", max_streams_, " streams; try again later")),
        "limit", absl::StrCat(max_streams_));
  }
  streams_.insert(std::move(stream));
  return absl::OkStatus();
}

void StreamRegistry::Remove(const std::shared_ptr<SubscribeStream>& stream) {
  MutexLock lock(&mutex_);
  streams_.erase(stream);
  if (streams_.empty()) emptied_.SignalAll();
}

void StreamRegistry::Close() {
  MutexLock lock(&mutex_);
  closed_ = true;
}

std::vector<std::shared_ptr<SubscribeStream>> StreamRegistry::Open() const {
  MutexLock lock(&mutex_);
  return {streams_.begin(), streams_.end()};
}

bool StreamRegistry::WaitUntilEmpty(absl::Time deadline) const {
  MutexLock lock(&mutex_);
  while (!streams_.empty()) {
    if (!emptied_.WaitUntil(&mutex_, deadline)) return streams_.empty();
  }
  return true;
}

}  // namespace ampstream
