#ifndef AMPSTREAM_TESTS_BENCHMARKS_TRACK_EVENTS_H_
#define AMPSTREAM_TESTS_BENCHMARKS_TRACK_EVENTS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/event/new_event.h"

namespace ampstream {

// Makes translated events for a log, faster than a log can take them: one webhook of track_json.h is translated, and
// what tells an event from the others (its ids, its user, and random text) is then written over a copy of it. All are
// of one size. Thread-compatible.
class TrackEvents {
 public:
  // Users of the events, in turn; UserId names one.
  static constexpr int64_t kUsers = 1000;
  static std::string UserId(int64_t user);

  // Two of one `series` make the same events, two of different ones have none in common. An error: the translated event
  // has not what should be written over.
  static absl::StatusOr<TrackEvents> Make(absl::string_view series = "");

  // The next `count` events.
  std::vector<NewEvent> Next(int64_t count);

  // Made so far.
  int64_t made() const { return made_; }

  // Of one event, encoded without cursor.
  size_t event_bytes() const { return model_.encoded.size(); }

 private:
  TrackEvents() = default;
  NewEvent NextOne();

  std::string series_;
  NewEvent model_;
  // Where each stands in the model's bytes.
  size_t id_at_ = 0;
  size_t user_at_ = 0;
  size_t event_id_at_ = 0;
  size_t insert_id_at_ = 0;
  size_t click_at_ = 0;
  int64_t made_ = 0;
};

}  // namespace ampstream

#endif  // AMPSTREAM_TESTS_BENCHMARKS_TRACK_EVENTS_H_
