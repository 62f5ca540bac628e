#ifndef AMPSTREAM_SERVER_RPC_SUBSCRIBE_STREAM_H_
#define AMPSTREAM_SERVER_RPC_SUBSCRIBE_STREAM_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/async_stream.h>
#include <grpcpp/support/byte_buffer.h>

#include <atomic>
#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "ampstream/v1/event_service.pb.h"
#include "server/base/clock.h"
#include "server/base/mutex.h"
#include "server/event/cursor.h"
#include "server/hub/batch.h"
#include "server/hub/hub.h"
#include "server/hub/subscription.h"
#include "server/log/event_log.h"
#include "server/rpc/call_queue.h"
#include "server/rpc/connections.h"
#include "server/rpc/heartbeat_schedule.h"
#include "server/rpc/heartbeat_timer.h"
#include "server/rpc/service.h"
#include "server/rpc/stream_registry.h"
#include "server/rpc/subscribe_request.h"

namespace ampstream {

// What all streams of a server stand on. All of it must outlive them.
struct StreamContext {
  Service& service;
  CallQueue& queue;
  EventLog& log;
  Hub& hub;
  StreamRegistry& registry;
  const Connections& connections;
  HeartbeatTimer& heartbeat_timer;
  const Clock& clock;
  const Epoch epoch;
  const BatchLimits limits;
  const ExpressionLimits expression_limits;

  std::atomic<uint64_t> streams{0};  // That have been, so that each has a number.
};

// One call of Subscribe, from the wait for it to its end: at most one write is under way, and when it is done the next
// batch is pulled. That is all the backpressure there is.
//
// Runs on the threads of the completion queue, and on those of the hub that read for it. Its operations hold it; it
// goes with the last of them.
class SubscribeStream : public std::enable_shared_from_this<SubscribeStream> {
 public:
  // Waits for the next call; that call's stream then waits for the one after it.
  static void Listen(StreamContext& context);

  explicit SubscribeStream(StreamContext& context) : context_(context), writer_(&call_) {}

  // Says goodbye, then ends the stream with this status.
  void End(const absl::Status& status);

  // Breaks it off.
  void Abort() { call_.TryCancel(); }

  // For its HeartbeatTimer: a time that it asked for has come.
  void OnHeartbeatDue();

 private:
  using Tag = CallTag<SubscribeStream>;

  // Operations that have come to their end. `ok` is false where the stream is broken or the server shuts down.
  void OnCall(bool ok);
  void OnWritten(bool ok);
  void OnFinished(bool ok);
  void OnGone(bool ok);

  // A subscription was made, or refused.
  void OnSubscribed(absl::StatusOr<std::shared_ptr<Subscription>> subscription);
  void OnWake();

  absl::StatusOr<SubscribeOrder> ReadRequest();
  // Notes what was asked, or refuses it. False: the call is gone already, for two threads serve the queue.
  bool Take(const absl::StatusOr<SubscribeOrder>& order);
  void Begin(SubscribeOrder order);
  bool is_over();
  void Open(absl::StatusOr<std::shared_ptr<Subscription>> subscription) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Advance() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void SendSubscribed() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void SendBatch(const Batch& batch) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void SendHeartbeat() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void SendGoodbye() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Write(const grpc::ByteBuffer& bytes) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Finish(const absl::Status& status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void AwaitHeartbeat() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  QueueTag* NewTag(Tag::Handler handler);

  StreamContext& context_;
  grpc::ServerContext call_;
  grpc::ByteBuffer request_;
  grpc::ServerAsyncWriter<grpc::ByteBuffer> writer_;
  QueueTag* gone_tag_ = nullptr;  // The queue's, once there is a call.

  // Also what lets ThreadSanitizer see the order of one operation and the next, which gRPC keeps in code that is not
  // built for it.
  Mutex mutex_;
  SubscribeOrder order_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<Subscription> subscription_ ABSL_GUARDED_BY(mutex_);
  int socket_ ABSL_GUARDED_BY(mutex_) = -1;  // Of its connection, if that is known.
  absl::optional<HeartbeatSchedule> heartbeats_ ABSL_GUARDED_BY(mutex_);
  absl::Time heartbeat_look_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();  // When the timer calls next.
  absl::Time last_write_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  bool subscribing_ ABSL_GUARDED_BY(mutex_) = false;  // Between the hub's being asked and its answer.
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool said_goodbye_ ABSL_GUARDED_BY(mutex_) = false;
  bool over_ ABSL_GUARDED_BY(mutex_) = false;                 // Finished, or gone: nothing more is begun.
  absl::optional<absl::Status> end_ ABSL_GUARDED_BY(mutex_);  // How to end, once what is under way is done.
};

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_RPC_SUBSCRIBE_STREAM_H_
