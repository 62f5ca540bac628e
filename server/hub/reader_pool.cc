#include "server/hub/reader_pool.h"

#include <utility>

namespace ampstream {

ReaderPool::ReaderPool(int threads) {
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { Loop(); });
}

void ReaderPool::Run(std::function<void()> task) {
  MutexLock lock(&mutex_);
  if (stopped_) return;
  tasks_.push_back(std::move(task));
  work_.Signal();
}

void ReaderPool::Stop() {
  std::deque<std::function<void()>> dropped;  // Destroyed outside of the lock: a task may own anything.
  {
    MutexLock lock(&mutex_);
    stopped_ = true;
    dropped.swap(tasks_);
    work_.SignalAll();
  }
  dropped.clear();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void ReaderPool::Loop() {
  while (std::function<void()> task = Next()) task();
}

std::function<void()> ReaderPool::Next() {
  MutexLock lock(&mutex_);
  while (tasks_.empty() && !stopped_) work_.Wait(&mutex_);
  if (stopped_) return nullptr;
  std::function<void()> task = std::move(tasks_.front());
  tasks_.pop_front();
  return task;
}

}  // namespace ampstream
