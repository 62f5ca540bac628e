#include "tests/benchmarks/arrival_order.h"

#include "absl/hash/hash.h"
#include "absl/strings/str_cat.h"
#include "ampstream/v1/event.pb.h"
#include "ampstream/v1/event_service.pb.h"
#include "server/event/field_walk.h"
#include "tests/benchmarks/track_json.h"

namespace ampstream {
namespace {

constexpr int kEvents = v1::SubscribeResponse::kEventsFieldNumber;

}  // namespace

bool ArrivalOrder::AwaitAll(absl::Duration timeout) {
  awaited_ += static_cast<int64_t>(streams_.size());
  return complete_.AwaitAtLeast(awaited_, timeout);
}

void ArrivalOrder::OnEvent(int stream, absl::string_view event) {
  Seen& seen = streams_[static_cast<size_t>(stream)];
  seen.hash = absl::HashOf(seen.hash, event);
  if (stream == 0) first_stream_.emplace_back(event);
  if (++seen.events == expected_) complete_.Add();
}

bool ArrivalOrder::OnResponse(int stream, absl::Time, absl::string_view response) {
  FieldWalk walk(response);
  for (Field field; walk.Next(&field);) {
    if (field.number == kEvents) OnEvent(stream, field.bytes);
  }
  return true;
}

absl::Status ArrivalOrder::Check() const {
  for (size_t i = 0; i < streams_.size(); ++i) {
    if (streams_[i].events != expected_) {
      return absl::DataLossError(
          absl::StrCat("stream ", i, " had ", streams_[i].events, " events of ", expected_.load()));
    }
    if (streams_[i].hash != streams_[0].hash) {
      return absl::DataLossError(absl::StrCat("stream ", i, " had other events, or another order, than stream 0"));
    }
  }
  for (size_t i = 0; i < first_stream_.size(); ++i) {
    v1::Event event;
    if (!event.ParseFromString(first_stream_[i])) return absl::DataLossError(absl::StrCat("event ", i, " is damaged"));
    const absl::optional<TrackMark> mark = MarkOf(event);
    if (!mark.has_value() || mark->number != static_cast<int64_t>(i)) {
      return absl::DataLossError(absl::StrCat("another event stood at place ", i, " than was sent there"));
    }
  }
  return absl::OkStatus();
}

int64_t ArrivalOrder::event_bytes() const {
  size_t bytes = 0;
  for (const std::string& event : first_stream_) bytes += event.size();
  return first_stream_.empty() ? 0 : static_cast<int64_t>(bytes / first_stream_.size());
}

}  // namespace ampstream
