#include "server/ingress/append_wait.h"

#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "absl/types/optional.h"
#include "server/base/mutex.h"

namespace ampstream {
namespace {

using Answer = absl::StatusOr<std::vector<Appended>>;

constexpr absl::Duration kGrace = absl::Seconds(1);

// Where the log leaves its answer. Shared, because an answer may come after the wait was given up. Thread-safe.
class Mailbox {
 public:
  void Put(Answer answer) {
    MutexLock lock(&mutex_);
    answer_ = std::move(answer);
    arrived_.Signal();
  }

  Answer Wait(absl::Time deadline) {
    MutexLock lock(&mutex_);
    while (!answer_.has_value()) {
      if (!arrived_.WaitUntil(&mutex_, deadline) && !answer_.has_value())
        return absl::DeadlineExceededError("no answer in time");
    }
    return *std::move(answer_);
  }

 private:
  Mutex mutex_;
  CondVar arrived_;
  absl::optional<Answer> answer_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

absl::StatusOr<std::vector<Appended>> AppendAndWait(EventLog& log, const Clock& clock, std::vector<NewEvent> delivery,
                                                    absl::Duration timeout) {
  auto mailbox = std::make_shared<Mailbox>();
  log.Append(std::move(delivery), clock.Now() + timeout, [mailbox](Answer answer) { mailbox->Put(std::move(answer)); });
  return mailbox->Wait(absl::Now() + timeout + kGrace);
}

}  // namespace ampstream
