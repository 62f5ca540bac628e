#include "tests/benchmarks/stream_set.h"

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "server/base/mutex.h"

namespace ampstream {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(30);
constexpr char kMethod[] = "/ampstream.v1.EventService/Subscribe";
constexpr int kMaxReceiveBytes = 64 << 20;

// A channel with a connection of its own; gRPC shares one among channels that are alike.
std::shared_ptr<grpc::Channel> MakeChannel(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetMaxReceiveMessageSize(kMaxReceiveBytes);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

grpc::ByteBuffer ToBuffer(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  return grpc::ByteBuffer(&slice, 1);
}

// Puts the bytes in place of what `out` held.
void CopyBytes(const grpc::ByteBuffer& buffer, std::string* out) {
  out->clear();
  std::vector<grpc::Slice> slices;
  if (!buffer.Dump(&slices).ok()) return;
  for (const grpc::Slice& slice : slices) out->append(reinterpret_cast<const char*>(slice.begin()), slice.size());
}

}  // namespace

class StreamSet::Impl {
 public:
  Impl(const Options& options, Reader& reader)
      : reader_(reader), request_(ToBuffer(options.request.SerializeAsString())) {
    for (int i = 0; i < options.connections; ++i) stubs_.emplace_back(MakeChannel(options.address));
    for (int i = 0; i < options.threads; ++i) queues_.push_back(std::make_unique<grpc::CompletionQueue>());
    for (int i = 0; i < options.streams; ++i) calls_.push_back(std::make_unique<Call>(i));
    for (const std::unique_ptr<Call>& call : calls_) Start(call.get());
    for (const std::unique_ptr<grpc::CompletionQueue>& queue : queues_) {
      threads_.emplace_back([this, &queue = *queue] { QueueLoop(queue); });
    }
  }

  ~Impl() {
    FinishAll();
    for (const std::unique_ptr<grpc::CompletionQueue>& queue : queues_) queue->Shutdown();
    for (std::thread& thread : threads_) thread.join();
  }

  absl::Status AwaitSubscribed() {
    const absl::Time deadline = absl::Now() + kPatience;
    MutexLock lock(&mutex_);
    while (subscribed_ < calls_.size() && status_.ok()) {
      if (!changed_.WaitUntil(&mutex_, deadline)) {
        return absl::DeadlineExceededError(absl::StrCat("only ", subscribed_, " streams were subscribed"));
      }
    }
    return status_;
  }

  void Resume() {
    MutexLock lock(&mutex_);
    for (const std::unique_ptr<Call>& call : calls_) {
      if (std::exchange(call->parked, false)) call->stream->Read(&call->response, call.get());
    }
  }

  absl::Status status() const {
    MutexLock lock(&mutex_);
    return status_;
  }

 private:
  // One stream. It has one operation under way at a time, so that its address can be the tag of each; none while it is
  // parked.
  struct Call {
    enum class Step { kStart, kWrite, kRead, kFinish };

    explicit Call(int number) : number(number) {}

    const int number;
    Step step = Step::kStart;
    bool subscribed = false;
    bool parked = false;  // Guarded by mutex_.
    grpc::ByteBuffer response;
    std::string bytes;
    grpc::Status end;
    grpc::ClientContext context;  // Outlives the stream, which uses it.
    std::unique_ptr<grpc::GenericClientAsyncReaderWriter> stream;
  };

  void Start(Call* call) {
    const auto number = static_cast<size_t>(call->number);
    grpc::CompletionQueue& queue = *queues_[number % queues_.size()];
    call->stream = stubs_[number % stubs_.size()].PrepareCall(&call->context, kMethod, &queue);
    call->stream->StartCall(call);
  }

  void QueueLoop(grpc::CompletionQueue& queue) {
    void* tag = nullptr;
    bool ok = false;
    while (queue.Next(&tag, &ok)) Advance(static_cast<Call*>(tag), ok);
  }

  void Advance(Call* call, bool ok) {
    const absl::Time now = absl::Now();
    if (call->step == Call::Step::kFinish) return OnEnd(call);
    if (!ok) return Finish(call);
    if (call->step == Call::Step::kStart) {
      call->step = Call::Step::kWrite;
      return call->stream->WriteLast(request_, grpc::WriteOptions(), call);
    }
    if (call->step == Call::Step::kRead) {
      CopyBytes(call->response, &call->bytes);
      if (!call->subscribed) OnSubscribed(call);
      if (!reader_.OnResponse(call->number, now, call->bytes)) return Park(call);
    }
    call->step = Call::Step::kRead;
    call->stream->Read(&call->response, call);
  }

  static void Finish(Call* call) {
    call->step = Call::Step::kFinish;
    call->stream->Finish(&call->end, call);
  }

  void OnSubscribed(Call* call) {
    call->subscribed = true;
    MutexLock lock(&mutex_);
    ++subscribed_;
    changed_.SignalAll();
  }

  void Park(Call* call) {
    MutexLock lock(&mutex_);
    if (closing_) return Finish(call);
    call->parked = true;
  }

  void OnEnd(Call* call) {
    MutexLock lock(&mutex_);
    ++ended_;
    if (!closing_ && status_.ok()) {
      status_ = absl::Status(static_cast<absl::StatusCode>(call->end.error_code()),
                             absl::StrCat("stream ", call->number, " has ended: ", call->end.error_message()));
      if (status_.ok()) status_ = absl::InternalError(absl::StrCat("stream ", call->number, " has ended with OK"));
    }
    changed_.SignalAll();
  }

  void FinishAll() {
    MutexLock lock(&mutex_);
    closing_ = true;
    for (const std::unique_ptr<Call>& call : calls_) {
      call->context.TryCancel();
      if (call->parked) Finish(call.get());
    }
    while (ended_ < calls_.size()) changed_.Wait(&mutex_);
  }

  Reader& reader_;
  const grpc::ByteBuffer request_;
  std::vector<grpc::GenericStub> stubs_;
  std::vector<std::unique_ptr<grpc::CompletionQueue>> queues_;
  std::vector<std::unique_ptr<Call>> calls_;
  std::vector<std::thread> threads_;

  mutable Mutex mutex_;
  CondVar changed_;
  size_t subscribed_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t ended_ ABSL_GUARDED_BY(mutex_) = 0;
  bool closing_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
};

StreamSet::StreamSet(const Options& options, Reader& reader) : impl_(std::make_unique<Impl>(options, reader)) {}

StreamSet::~StreamSet() = default;

absl::Status StreamSet::AwaitSubscribed() { return impl_->AwaitSubscribed(); }

void StreamSet::Resume() { impl_->Resume(); }

absl::Status StreamSet::status() const { return impl_->status(); }

}  // namespace ampstream
