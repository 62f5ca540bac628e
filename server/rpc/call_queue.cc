#include "server/rpc/call_queue.h"

namespace ampstream {

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
  {
    MutexLock lock(&mutex_);
    while (handed_over_.load() > 0) emptied_.Wait(&mutex_);
  }
  queue_->Shutdown();
  if (threads_.empty()) Loop();  // A queue must be emptied all the same.
  for (std::thread& thread : threads_) thread.join();
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
