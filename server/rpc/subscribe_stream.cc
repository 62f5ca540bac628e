#include "server/rpc/subscribe_stream.h"

#include <grpcpp/impl/codegen/proto_utils.h>

#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "server/base/logging.h"
#include "server/base/status_macros.h"
#include "server/event/cursor.h"
#include "server/event/error.h"
#include "server/event/times.h"
#include "server/rpc/gathered_writes.h"
#include "server/rpc/grpc_status.h"
#include "server/rpc/response_bytes.h"

namespace ampstream {
namespace {

constexpr absl::Duration kRetryDelay = absl::Seconds(1);

bool IsRetriable(v1::ErrorReason reason) {
  return reason == v1::ERROR_REASON_DRAINING || reason == v1::ERROR_REASON_LOG_UNAVAILABLE;
}

}  // namespace

void SubscribeStream::Listen(StreamContext& context) {
  auto stream = std::make_shared<SubscribeStream>(context);
  stream->gone_tag_ = stream->NewTag(&SubscribeStream::OnGone);
  stream->call_.AsyncNotifyWhenDone(stream->gone_tag_);
  grpc::ServerCompletionQueue& queue = context.queue.queue();
  context.service.RequestSubscribe(&stream->call_, &stream->request_, &stream->writer_, &queue, &queue,
                                   stream->NewTag(&SubscribeStream::OnCall));
}

void SubscribeStream::OnCall(bool ok) {
  if (!ok) {
    // The server shuts down. No call stood, so its end is not told either.
    context_.queue.TakeBack(gone_tag_);
    return;
  }
  Listen(context_);
  const absl::Status added = context_.registry.Add(shared_from_this());
  absl::StatusOr<SubscribeOrder> order = added.ok() ? ReadRequest() : added;
  if (!Take(order)) return context_.registry.Remove(shared_from_this());
  if (order.ok()) Begin(*std::move(order));
}

bool SubscribeStream::Take(const absl::StatusOr<SubscribeOrder>& order) {
  MutexLock lock(&mutex_);
  if (over_) return false;
  if (!order.ok()) {
    Finish(order.status());
    return true;
  }
  order_ = *order;
  subscribing_ = true;
  return true;
}

absl::StatusOr<SubscribeOrder> SubscribeStream::ReadRequest() {
  v1::SubscribeRequest request;
  if (!grpc::SerializationTraits<v1::SubscribeRequest>::Deserialize(&request_, &request).ok()) {
    return InvalidRequest("request", "not an encoded SubscribeRequest");
  }
  const LogInfo info = context_.log.Info();
  absl::StatusOr<SubscribeOrder> order =
      CheckSubscribeRequest(request, info.epoch, context_.limits, context_.expression_limits);
  if (!order.ok()) return WithCursors(order.status(), info);
  return order;
}

void SubscribeStream::Begin(SubscribeOrder order) {
  // Weak, because the hub may wake a stream whose last operation is done.
  auto wake = [weak = weak_from_this()] {
    if (const std::shared_ptr<SubscribeStream> stream = weak.lock()) stream->OnWake();
  };
  auto wanted = [weak = weak_from_this()] {
    const std::shared_ptr<SubscribeStream> stream = weak.lock();
    return stream != nullptr && !stream->is_over();
  };
  context_.hub.Subscribe(order.start, std::move(order.options), std::move(wake), std::move(wanted),
                         [self = shared_from_this()](absl::StatusOr<std::shared_ptr<Subscription>> subscription) {
                           self->OnSubscribed(std::move(subscription));
                         });
}

void SubscribeStream::OnSubscribed(absl::StatusOr<std::shared_ptr<Subscription>> subscription) {
  {
    MutexLock lock(&mutex_);
    subscribing_ = false;
    if (!over_) return Open(std::move(subscription));
  }
  context_.registry.Remove(shared_from_this());
}

void SubscribeStream::Open(absl::StatusOr<std::shared_ptr<Subscription>> subscription) {
  if (!subscription.ok()) return Finish(WithCursors(subscription.status(), context_.log.Info()));
  if (end_.has_value()) return Finish(*end_);
  subscription_ = *std::move(subscription);
  socket_ = context_.connections.SocketOf(call_.peer());
  Log(Severity::kInfo,
      absl::StrCat("subscribed: ", call_.peer(), " client_id=\"", absl::CHexEscape(order_.client_id), "\""));
  heartbeats_.emplace(order_.heartbeat_interval, context_.streams++);
  SendSubscribed();
  AwaitHeartbeat();
}

bool SubscribeStream::is_over() {
  MutexLock lock(&mutex_);
  return over_;
}

void SubscribeStream::OnWake() {
  MutexLock lock(&mutex_);
  Advance();
}

void SubscribeStream::OnWritten(bool ok) {
  MutexLock lock(&mutex_);
  writing_ = false;
  if (ok) Advance();  // Else the stream is broken, and OnGone comes.
}

void SubscribeStream::OnFinished(bool) {}

void SubscribeStream::OnGone(bool) {
  {
    MutexLock lock(&mutex_);
    over_ = true;
    context_.heartbeat_timer.Remove(heartbeat_look_, shared_from_this());
    if (subscription_ != nullptr) subscription_->Cancel();
    if (subscribing_) return;  // The hub still works for it: it holds its place until OnSubscribed.
  }
  // Last, because nothing may touch the queue once the registry is empty.
  context_.registry.Remove(shared_from_this());
}

void SubscribeStream::End(const absl::Status& status) {
  MutexLock lock(&mutex_);
  if (!end_.has_value()) end_ = status;
  if (subscription_ != nullptr) Advance();  // Else OnSubscribed sees it.
}

void SubscribeStream::Advance() {
  if (writing_ || over_) return;
  if (said_goodbye_) return Finish(*end_);
  // One that lives on the tail is still given what is there: it is little, and then its cursor is the newest.
  if (end_.has_value() && !subscription_->live()) return SendGoodbye();
  const absl::optional<Batch> batch = subscription_->Pull();
  if (!batch.has_value()) return end_.has_value() ? SendGoodbye() : void();
  if (batch->end.has_value()) end_ = WithCursors(*batch->end, context_.log.Info());
  if (batch->events > 0 || batch->caught_up || batch->fell_behind) return SendBatch(*batch);
  SendGoodbye();
}

void SubscribeStream::SendSubscribed() {
  const LogInfo info = context_.log.Info();
  v1::SubscribeResponse response;
  response.set_cursor(Cursor{info.epoch, subscription_->position()}.Encode());
  v1::Subscribed& subscribed = *response.mutable_subscribed();
  subscribed.set_epoch(info.epoch.ToString());
  subscribed.set_cursor(response.cursor());
  subscribed.set_oldest_cursor(Cursor{info.epoch, info.oldest}.Encode());
  subscribed.set_newest_cursor(Cursor{info.epoch, info.newest}.Encode());
  SetDuration(order_.heartbeat_interval, subscribed.mutable_heartbeat_interval());
  subscribed.set_max_batch_events(static_cast<int32_t>(order_.options.limits.max_events));
  subscribed.set_max_batch_bytes(static_cast<int64_t>(order_.options.limits.max_bytes));
  Write(ResponseBytes(response));
}

void SubscribeStream::SendBatch(const Batch& batch) {
  v1::SubscribeResponse rest;
  rest.set_cursor(Cursor{context_.epoch, batch.resume}.Encode());
  if (batch.caught_up) rest.mutable_caught_up();
  if (batch.fell_behind) rest.mutable_fell_behind();
  Write(ResponseBytes(batch, rest));
}

void SubscribeStream::SendHeartbeat() {
  v1::SubscribeResponse response;
  response.set_cursor(Cursor{context_.epoch, subscription_->position()}.Encode());
  SetTimestamp(context_.clock.Now(), response.mutable_heartbeat()->mutable_send_time());
  Write(ResponseBytes(response));
}

void SubscribeStream::SendGoodbye() {
  v1::SubscribeResponse response;
  response.set_cursor(Cursor{context_.epoch, subscription_->position()}.Encode());
  v1::Goodbye& goodbye = *response.mutable_goodbye();
  const v1::ErrorReason reason = ReasonOrDefault(*end_);
  goodbye.set_code(CodeOf(reason));
  goodbye.set_message(end_->ok() ? "done: a stop condition of the request held" : std::string(end_->message()));
  goodbye.set_reason(reason);
  if (IsRetriable(reason)) SetDuration(kRetryDelay, goodbye.mutable_retry_delay());
  said_goodbye_ = true;
  Write(ResponseBytes(response));
}

QueueTag* SubscribeStream::NewTag(Tag::Handler handler) {
  return context_.queue.HandOver(new Tag(shared_from_this(), handler));
}

void SubscribeStream::Write(const grpc::ByteBuffer& bytes) {
  writing_ = true;
  last_write_ = context_.clock.Now();
  GatheredWrites::OnWrite(socket_);
  writer_.Write(bytes, NewTag(&SubscribeStream::OnWritten));
}

void SubscribeStream::Finish(const absl::Status& status) {
  over_ = true;
  writer_.Finish(ToGrpcStatus(status), NewTag(&SubscribeStream::OnFinished));
}

void SubscribeStream::OnHeartbeatDue() {
  MutexLock lock(&mutex_);
  if (over_ || end_.has_value()) return;
  if (!writing_ && context_.clock.Now() >= heartbeats_->DueAfter(last_write_)) SendHeartbeat();
  AwaitHeartbeat();
}

void SubscribeStream::AwaitHeartbeat() {
  const absl::Time now = context_.clock.Now();
  const absl::Time due = heartbeats_->DueAfter(last_write_);
  // Past only behind a write that is not done: it needs no heartbeat, and is looked at again later.
  heartbeat_look_ = due > now ? due : heartbeats_->DueAfter(now);
  context_.heartbeat_timer.Add(heartbeat_look_, shared_from_this());
}

}  // namespace ampstream
