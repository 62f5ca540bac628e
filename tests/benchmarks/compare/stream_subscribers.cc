#include "tests/benchmarks/compare/stream_subscribers.h"

#include "ampstream/v1/event_service.pb.h"
#include "server/base/status_macros.h"
#include "server/event/field_walk.h"

namespace ampstream {

void EventsInSubscribeResponse(absl::string_view response, absl::FunctionRef<void(absl::string_view event)> deliver) {
  FieldWalk walk(response);
  for (Field field; walk.Next(&field);)
    if (field.number == v1::SubscribeResponse::kEventsFieldNumber) deliver(field.bytes);
}

absl::StatusOr<std::unique_ptr<StreamSubscribers>> StreamSubscribers::Open(const StreamSet::Options& options,
                                                                           EventsIn events_in, EventSink& sink) {
  std::unique_ptr<StreamSubscribers> subscribers(new StreamSubscribers(events_in, sink));
  subscribers->streams_ = std::make_unique<StreamSet>(options, static_cast<StreamSet::Reader&>(*subscribers));
  AMPSTREAM_RETURN_IF_ERROR(subscribers->streams_->AwaitSubscribed());
  return subscribers;
}

bool StreamSubscribers::OnResponse(int stream, absl::Time time, absl::string_view response) {
  events_in_(response, [this, stream, time](absl::string_view event) { sink_.OnEvent(stream, time, event); });
  return true;
}

}  // namespace ampstream
