#include "server/rpc/health_service.h"

#include <grpcpp/server_context.h>
#include <grpcpp/support/async_stream.h>
#include <grpcpp/support/async_unary_call.h>
#include <grpcpp/support/status.h>

#include <utility>

#include "absl/types/optional.h"

namespace ampstream {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

// One call of Check, from the wait for it to its answer. Its operations hold it.
class HealthService::CheckCall final : public std::enable_shared_from_this<CheckCall> {
 public:
  // Waits for the next call, which then waits for the one after it.
  static void Listen(HealthService& service, CallQueue& queue);

  CheckCall(HealthService& service, CallQueue& queue) : service_(service), queue_(queue), writer_(&call_) {}

 private:
  using Tag = CallTag<CheckCall>;

  void OnCall(bool ok);
  void OnAnswered(bool) {}
  QueueTag* NewTag(Tag::Handler handler) { return queue_.HandOver(new Tag(shared_from_this(), handler)); }

  HealthService& service_;
  CallQueue& queue_;
  grpc::ServerContext call_;
  HealthCheckRequest request_;
  grpc::ServerAsyncResponseWriter<HealthCheckResponse> writer_;
};

void HealthService::CheckCall::Listen(HealthService& service, CallQueue& queue) {
  auto check = std::make_shared<CheckCall>(service, queue);
  service.RequestCheck(&check->call_, &check->request_, &check->writer_, &queue.queue(), &queue.queue(),
                       check->NewTag(&CheckCall::OnCall));
}

void HealthService::CheckCall::OnCall(bool ok) {
  if (!ok) return;  // The server shuts down.
  Listen(service_, queue_);
  QueueTag* const answered = NewTag(&CheckCall::OnAnswered);
  if (!service_.Knows(request_.service()))
    return writer_.FinishWithError(grpc::Status(grpc::StatusCode::NOT_FOUND, "no such service"), answered);
  HealthCheckResponse response;
  response.set_status(service_.status());
  writer_.Finish(response, grpc::Status::OK, answered);
}

// One call of Watch, from the wait for it to its end. Its operations hold it; it goes with the last of them.
class HealthService::Watch final : public std::enable_shared_from_this<Watch> {
 public:
  // Waits for the next call; that call's watch then waits for the one after it.
  static void Listen(HealthService& service, CallQueue& queue);

  Watch(HealthService& service, CallQueue& queue) : service_(service), queue_(queue), writer_(&call_) {}

  // Writes the status if it is another than was written last; at most one write is under way.
  void Tell();

 private:
  using Tag = CallTag<Watch>;

  void OnCall(bool ok);
  void OnWritten(bool ok);
  void OnGone(bool ok);
  void Open() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void TellNow() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  QueueTag* NewTag(Tag::Handler handler) { return queue_.HandOver(new Tag(shared_from_this(), handler)); }

  HealthService& service_;
  CallQueue& queue_;
  grpc::ServerContext call_;
  HealthCheckRequest request_;
  grpc::ServerAsyncWriter<HealthCheckResponse> writer_;
  QueueTag* gone_tag_ = nullptr;  // The queue's, once there is a call.

  Mutex mutex_;  // Before the service's.
  bool known_ ABSL_GUARDED_BY(mutex_) = false;
  bool writing_ ABSL_GUARDED_BY(mutex_) = true;  // Until there is a call, there is nothing to write to.
  bool over_ ABSL_GUARDED_BY(mutex_) = false;
  absl::optional<Status> told_ ABSL_GUARDED_BY(mutex_);
};

void HealthService::Watch::Listen(HealthService& service, CallQueue& queue) {
  auto watch = std::make_shared<Watch>(service, queue);
  watch->gone_tag_ = watch->NewTag(&Watch::OnGone);
  watch->call_.AsyncNotifyWhenDone(watch->gone_tag_);
  service.RequestWatch(&watch->call_, &watch->request_, &watch->writer_, &queue.queue(), &queue.queue(),
                       watch->NewTag(&Watch::OnCall));
}

void HealthService::Watch::OnCall(bool ok) {
  // The server shuts down. No call stood, so its end is not told either.
  if (!ok) return queue_.TakeBack(gone_tag_);
  Listen(service_, queue_);
  MutexLock lock(&mutex_);
  if (!over_) Open();  // It can be gone already, for several threads serve the queue.
}

void HealthService::Watch::Open() {
  known_ = service_.Knows(request_.service());
  HealthCheckRequest().Swap(&request_);  // A name may be long, and a watch lasts.
  service_.Add(shared_from_this());
  writing_ = false;
  TellNow();
}

void HealthService::Watch::Tell() {
  MutexLock lock(&mutex_);
  TellNow();
}

void HealthService::Watch::TellNow() {
  if (writing_ || over_) return;
  const Status status = known_ ? service_.status() : HealthCheckResponse::SERVICE_UNKNOWN;
  if (told_ == status) return;
  told_ = status;
  writing_ = true;
  HealthCheckResponse response;
  response.set_status(status);
  writer_.Write(response, NewTag(&Watch::OnWritten));
}

void HealthService::Watch::OnWritten(bool ok) {
  MutexLock lock(&mutex_);
  writing_ = false;
  if (ok) TellNow();  // Else the call is broken, and OnGone comes.
}

void HealthService::Watch::OnGone(bool) {
  MutexLock lock(&mutex_);
  over_ = true;
  service_.Remove(shared_from_this());
}

void HealthService::TakeCalls(CallQueue& queue) {
  CheckCall::Listen(*this, queue);
  Watch::Listen(*this, queue);
}

void HealthService::StopServing() {
  std::set<std::shared_ptr<Watch>> watches;
  {
    MutexLock lock(&mutex_);
    serving_ = false;
    watches = watches_;
  }
  for (const std::shared_ptr<Watch>& watch : watches) watch->Tell();
}

HealthService::Status HealthService::status() const {
  MutexLock lock(&mutex_);
  return serving_ ? HealthCheckResponse::SERVING : HealthCheckResponse::NOT_SERVING;
}

void HealthService::Add(std::shared_ptr<Watch> watch) {
  MutexLock lock(&mutex_);
  watches_.insert(std::move(watch));
}

void HealthService::Remove(const std::shared_ptr<Watch>& watch) {
  MutexLock lock(&mutex_);
  watches_.erase(watch);
}

}  // namespace ampstream
