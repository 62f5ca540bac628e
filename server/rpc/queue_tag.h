#ifndef AMPSTREAM_SERVER_RPC_QUEUE_TAG_H_
#define AMPSTREAM_SERVER_RPC_QUEUE_TAG_H_

namespace ampstream {

// What a completion queue gives back when an operation has come to its end. It is made on the heap for one operation,
// handed to gRPC as a pointer to this class, and deleted by the thread that has run it.
class QueueTag {
 public:
  virtual ~QueueTag() = default;

  // `ok`: see grpc::CompletionQueue::Next.
  virtual void Run(bool ok) = 0;
};

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_RPC_QUEUE_TAG_H_
