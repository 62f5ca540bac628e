#include "tests/benchmarks/compare/stream_subscribers.h"

#include "absl/strings/str_cat.h"
#include "ampstream/v1/event_service.pb.h"
#include "server/base/status_macros.h"
#include "server/event/field_walk.h"
#include "tests/benchmarks/compare/load.h"

namespace ampstream {

void EventsInSubscribeResponse(absl::string_view message, absl::FunctionRef<void(absl::string_view event)> deliver) {
  FieldWalk walk(message);
  for (Field field; walk.Next(&field);)
    if (field.number == v1::SubscribeResponse::kEventsFieldNumber) deliver(field.bytes);
}

absl::StatusOr<std::unique_ptr<StreamSubscribers>> StreamSubscribers::Open(const Options& options, EventSink& sink) {
  std::unique_ptr<StreamSubscribers> subscribers(new StreamSubscribers(options, sink));
  AMPSTREAM_RETURN_IF_ERROR(subscribers->Start());
  const bool begun = subscribers->begun_count_.AwaitAtLeast(options.streams, kPatience);
  AMPSTREAM_RETURN_IF_ERROR(subscribers->status());
  if (!begun) return absl::DeadlineExceededError("not every stream was live in time");
  return subscribers;
}

StreamSubscribers::StreamSubscribers(const Options& options, EventSink& sink)
    : options_(options), sink_(sink), begun_(static_cast<size_t>(options.streams)) {}

absl::Status StreamSubscribers::Start() {
  for (int i = 0; i < options_.connections; ++i) {
    AMPSTREAM_ASSIGN_OR_RETURN(std::unique_ptr<GrpcStreams> connection, GrpcStreams::Connect(options_.port, *this));
    connections_.push_back(std::move(connection));
  }
  for (int i = 0; i < options_.streams; ++i) {
    const auto number = static_cast<size_t>(i);
    AMPSTREAM_RETURN_IF_ERROR(connections_[number % connections_.size()]->Call(
        i, options_.method, options_.requests[number % options_.requests.size()]));
  }
  for (const std::unique_ptr<GrpcStreams>& connection : connections_)
    AMPSTREAM_RETURN_IF_ERROR(loop_.Add(connection.get()));
  return loop_.Start();
}

absl::Status StreamSubscribers::status() const {
  MutexLock lock(&mutex_);
  return status_;
}

void StreamSubscribers::OnMessage(int stream, absl::Time time, absl::string_view message) {
  const auto number = static_cast<size_t>(stream);
  NoteBegun(number);
  options_.events_in(message, [this, stream, time](absl::string_view event) { sink_.OnEvent(stream, time, event); });
}

void StreamSubscribers::OnEnd(int stream, absl::string_view why) {
  {
    MutexLock lock(&mutex_);
    if (status_.ok()) status_ = absl::UnavailableError(absl::StrCat("stream ", stream, " has ended: ", why));
  }
  NoteBegun(static_cast<size_t>(stream));
  ended_.Add();
}

void StreamSubscribers::NoteBegun(size_t stream) {
  if (!begun_[stream]) begun_count_.Add();
  begun_[stream] = true;
}

}  // namespace ampstream
