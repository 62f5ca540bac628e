#ifndef AMPSTREAM_TESTS_INGRESS_RECORDING_HANDLER_H_
#define AMPSTREAM_TESTS_INGRESS_RECORDING_HANDLER_H_

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "server/base/mutex.h"
#include "server/ingress/http_error.h"
#include "server/ingress/http_head.h"
#include "server/ingress/listener.h"

namespace ampstream {

// An HttpHandler that answers each request with its own body, refuses the path `/refused` by its head, throws at
// `/throws`, keeps what it was given, and can be made to wait. Every wait ends after 20 s, so that a test fails and
// does not hang. Thread-safe.
class RecordingHandler final : public HttpHandler {
 public:
  absl::optional<HttpAnswer> CheckHead(const HttpHead& head) override {
    MutexLock lock(&mutex_);
    heads_.push_back(head);
    changed_.SignalAll();
    if (head.path == "/refused") return ErrorAnswer(HttpError::kNotFound, "refused by its head");
    return absl::nullopt;
  }

  void Handle(const HttpHead& head, std::string body, Done done) override {
    if (head.path == "/throws") throw std::runtime_error("a text that is nobody's business");
    MutexLock lock(&mutex_);
    bodies_.push_back(body);
    changed_.SignalAll();
    HttpAnswer answer{200, std::move(body), {}};
    if (!held_) return std::move(done)(std::move(answer));
    waiting_.push_back(
        [done = std::move(done), answer = std::move(answer)]() mutable { std::move(done)(std::move(answer)); });
  }

  // From here on no request is answered until Release.
  void Hold() { SetHeld(true); }
  void Release() { SetHeld(false); }

  // Returns once so many heads, or bodies, have come. False: they did not.
  bool WaitForHeads(size_t count) {
    MutexLock lock(&mutex_);
    while (heads_.size() < count && changed_.WaitUntil(&mutex_, give_up_)) {
    }
    return heads_.size() >= count;
  }
  bool WaitForBodies(size_t count) {
    MutexLock lock(&mutex_);
    while (bodies_.size() < count && changed_.WaitUntil(&mutex_, give_up_)) {
    }
    return bodies_.size() >= count;
  }

  std::vector<HttpHead> heads() const {
    MutexLock lock(&mutex_);
    return heads_;
  }
  std::vector<std::string> bodies() const {
    MutexLock lock(&mutex_);
    return bodies_;
  }

 private:
  void SetHeld(bool held) {
    std::vector<absl::AnyInvocable<void() &&>> answers;
    {
      MutexLock lock(&mutex_);
      held_ = held;
      if (!held) answers.swap(waiting_);
    }
    for (absl::AnyInvocable<void() &&>& answer : answers) std::move(answer)();
  }

  const absl::Time give_up_ = absl::Now() + absl::Seconds(20);
  mutable Mutex mutex_;
  CondVar changed_;
  bool held_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<absl::AnyInvocable<void() &&>> waiting_ ABSL_GUARDED_BY(mutex_);  // Answers, until Release.
  std::vector<HttpHead> heads_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> bodies_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace ampstream

#endif  // AMPSTREAM_TESTS_INGRESS_RECORDING_HANDLER_H_
