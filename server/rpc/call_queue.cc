#include "server/rpc/call_queue.h"

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "server/base/logging.h"

namespace ampstream {
namespace {

constexpr absl::Duration kSayEvery = absl::Seconds(10);

}  // namespace

void CallQueue::TakeBack(QueueTag* tag) {
  delete tag;
  CountDown();
}

void CallQueue::Start(int threads) {
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { Loop(); });
}

void CallQueue::Close() {
  if (closed_) return;
  closed_ = true;
  if (!threads_.empty()) AwaitEmpty();
  queue_->Shutdown();
  if (threads_.empty()) Loop();  // A queue must be emptied all the same.
  for (std::thread& thread : threads_) thread.join();
}

void CallQueue::AwaitEmpty() {
  MutexLock lock(&mutex_);
  while (handed_over_.load() > 0) {
    if (!emptied_.WaitUntil(&mutex_, absl::Now() + kSayEvery))
      Log(Severity::kError, absl::StrCat("gRPC has still to give back ", handed_over_.load(), " operations"));
  }
}

void CallQueue::Loop() {
  void* tag = nullptr;
  bool ok = false;
  while (queue_->Next(&tag, &ok)) {
    handed_over_.load(std::memory_order_acquire);
    std::unique_ptr<QueueTag> done(static_cast<QueueTag*>(tag));
    done->Run(ok);
    done.reset();
    CountDown();
  }
}

void CallQueue::CountDown() {
  if (handed_over_.fetch_sub(1) > 1) return;
  MutexLock lock(&mutex_);
  emptied_.SignalAll();
}

}  // namespace ampstream
