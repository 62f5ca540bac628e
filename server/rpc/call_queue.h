#ifndef AMPSTREAM_SERVER_RPC_CALL_QUEUE_H_
#define AMPSTREAM_SERVER_RPC_CALL_QUEUE_H_

#include <grpcpp/completion_queue.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "server/base/mutex.h"

namespace ampstream {

// What a completion queue gives back when an operation has come to its end. It is made on the heap for one operation,
// handed to gRPC as a pointer to this class, and deleted by the thread that has run it.
class QueueTag {
 public:
  virtual ~QueueTag() = default;

  // `ok`: see grpc::CompletionQueue::Next.
  virtual void Run(bool ok) = 0;
};

// Of an operation of a call, which holds it.
template <typename CallT>
class CallTag final : public QueueTag {
 public:
  using Handler = void (CallT::*)(bool ok);
  CallTag(std::shared_ptr<CallT> call, Handler handler) : call_(std::move(call)), handler_(handler) {}
  void Run(bool ok) override { (call_.get()->*handler_)(ok); }

 private:
  const std::shared_ptr<CallT> call_;
  const Handler handler_;
};

// A completion queue of a server, and the threads that run what comes back from it. Thread-safe, but for Start and
// Close.
class CallQueue {
 public:
  explicit CallQueue(std::unique_ptr<grpc::ServerCompletionQueue> queue) : queue_(std::move(queue)) {}

  // Closes it.
  ~CallQueue() { Close(); }

  // For an operation that is begun with a tag that was handed over.
  grpc::ServerCompletionQueue& queue() { return *queue_; }

  // Before each tag is given to gRPC, whose it is from then on.
  QueueTag* HandOver(QueueTag* tag) {
    handed_over_.fetch_add(1, std::memory_order_release);
    return tag;
  }

  // Deletes a tag that was handed over, and that gRPC will not give back, as its operation never began.
  void TakeBack(QueueTag* tag);

  void Start(int threads);

  // Waits until every tag has come back and has run, so that nothing is begun any more; then ends the threads. The
  // server must have been shut down, or the tags that wait for calls never come.
  void Close();

 private:
  void AwaitEmpty();
  void Loop();
  void CountDown();

  const std::unique_ptr<grpc::ServerCompletionQueue> queue_;
  std::vector<std::thread> threads_;
  bool closed_ = false;

  // That have not come back. Counted up when a tag is handed over, and read when one comes back: so it is also the
  // order that the queue keeps, said once more in code that is built for ThreadSanitizer, as gRPC's is not.
  std::atomic<int64_t> handed_over_{0};
  Mutex mutex_;
  CondVar emptied_;
};

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_RPC_CALL_QUEUE_H_
