#include "tests/benchmarks/compare/load.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "ampstream/v1/event.pb.h"
#include "server/amplitude/translator.h"
#include "server/event/cursor.h"
#include "tests/benchmarks/track_json.h"

namespace ampstream {
namespace {

constexpr int64_t kReceivedUs = 1767323045678901;

std::string PaddedJson(int64_t number, int64_t padding) {
  return absl::StrFormat(
      R"({"type":"event.track","created_at":"2026-01-02T03:04:05.000Z","data":{"event_id":"e-%d","event_type":"Padded",)"
      R"("user_id":"user-%06d","time":1767323045678,"event_properties":{"padding":"%s"}}})",
      number, number % 1000000, std::string(static_cast<size_t>(padding), 'x'));
}

// What the log adds to an event.
std::string CursorField() {
  v1::Event event;
  event.set_cursor(Cursor().Encode());
  return event.SerializeAsString();
}

}  // namespace

std::string Json(const EventBatch& batch) {
  std::vector<std::string> events;
  for (int64_t i = batch.first; i < batch.first + batch.count; ++i)
    events.push_back(batch.padding < 0 ? TrackJson({i, batch.scheduled_us}) : PaddedJson(i, batch.padding));
  return batch.count == 1 ? events[0] : absl::StrCat("[", absl::StrJoin(events, ","), "]");
}

std::vector<std::string> Encoded(const EventBatch& batch) {
  const std::string cursor = CursorField();
  Translator translator{TranslateLimits()};
  std::string body = Json(batch);
  std::vector<NewEvent> events = translator.Translate(body, {"default", absl::FromUnixMicros(kReceivedUs), ""}).value();
  std::vector<std::string> encoded;
  for (NewEvent& event : events) encoded.push_back(absl::StrCat(event.encoded, cursor));
  return encoded;
}

}  // namespace ampstream
