#include "server/ingress/worker_pool.h"

#include <algorithm>
#include <utility>

namespace ampstream {
WorkerPool::WorkerPool(int threads) {
  if (threads == 0) threads = std::max(2, static_cast<int>(std::thread::hardware_concurrency()));
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { Run(); });
}

WorkerPool::~WorkerPool() {
  {
    MutexLock lock(&mutex_);
    ends_ = true;
    added_.SignalAll();
  }
  for (std::thread& thread : threads_) thread.join();
}

void WorkerPool::Add(std::vector<Task> tasks) {
  MutexLock lock(&mutex_);
  for (Task& task : tasks) {
    tasks_.push_back(std::move(task));
    WakeOne();
  }
}

void WorkerPool::WakeOne() {
  if (idle_ == 0) return;
  --idle_;  // Not idle from here on, though it has not run yet.
  added_.Signal();
}

void WorkerPool::Run() {
  for (;;) {
    Task task;
    {
      MutexLock lock(&mutex_);
      while (tasks_.empty() && !ends_) {
        ++idle_;
        added_.Wait(&mutex_);
      }
      if (tasks_.empty()) return;
      task = std::move(tasks_.front());
      tasks_.pop_front();
    }
    std::move(task)();
  }
}

}  // namespace ampstream
