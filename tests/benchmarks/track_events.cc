#include "tests/benchmarks/track_events.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <random>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "ampstream/v1/event.pb.h"
#include "server/amplitude/translator.h"
#include "server/base/status_macros.h"
#include "tests/benchmarks/track_json.h"

namespace ampstream {
namespace {

// The first event's number: all that a program makes have as many digits.
constexpr int64_t kFirst = 100000000;

constexpr char kReferrer[] = "https://www.example.com/p?click=0000000000000000000000000000000000000000000000000000";
constexpr absl::string_view kClick = "0000000000000000000000000000000000000000000000000000";

constexpr absl::Time kReceiveTime = absl::FromUnixSeconds(1767326400);

std::string EventIdOf(int64_t number) { return absl::StrFormat("e-%09d", number); }
std::string InsertIdOf(int64_t number) { return absl::StrFormat("5f0adeff-6668-4427-8d02-%012d", number); }

// Letters and digits that are the same for the same number, and otherwise as good as random: real events hold much that
// does not resemble the one before, and what compresses better than they do would be stored for too little.
std::string ClickOf(int64_t number) {
  constexpr absl::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
  std::minstd_rand random(static_cast<uint32_t>(number));
  std::string click(kClick.size(), ' ');
  for (char& letter : click) letter = kLetters[(random() >> 8) % kLetters.size()];
  return click;
}

void Overwrite(size_t at, absl::string_view text, std::string* bytes) {
  bytes->replace(at, text.size(), text.data(), text.size());
}

// To about the 490 bytes that an event of a client library takes, and always to the same ones: maps have no order.
absl::Status Enlarge(std::string* encoded) {
  v1::Event event;
  if (!event.ParseFromString(*encoded)) return absl::InternalError("a translated event cannot be parsed");
  google::protobuf::Struct& properties = *event.mutable_events_track()->mutable_event_properties();
  (*properties.mutable_fields())["referrer"].set_string_value(kReferrer);
  encoded->clear();
  google::protobuf::io::StringOutputStream stream(encoded);
  google::protobuf::io::CodedOutputStream out(&stream);
  out.SetSerializationDeterministic(true);
  return event.SerializeToCodedStream(&out) ? absl::OkStatus() : absl::InternalError("an event cannot be encoded");
}

absl::Status Locate(const std::string& bytes, absl::string_view text, size_t* at) {
  *at = bytes.find(text.data(), 0, text.size());
  if (*at != std::string::npos) return absl::OkStatus();
  return absl::InternalError(absl::StrCat("a translated event does not hold \"", text, "\""));
}

}  // namespace

std::string TrackEvents::UserId(int64_t user) { return absl::StrFormat("user-%06d", user); }

absl::StatusOr<TrackEvents> TrackEvents::Make(absl::string_view series) {
  TrackEvents events;
  events.series_ = std::string(series);
  Translator translator{TranslateLimits()};
  std::string body = TrackJson({kFirst, 0});
  AMPSTREAM_ASSIGN_OR_RETURN(std::vector<NewEvent> translated,
                             translator.Translate(body, {"default", kReceiveTime, ""}));
  events.model_ = std::move(translated.front());
  AMPSTREAM_RETURN_IF_ERROR(Enlarge(&events.model_.encoded));
  const std::string& bytes = events.model_.encoded;
  AMPSTREAM_RETURN_IF_ERROR(Locate(bytes, events.model_.id.ToString(), &events.id_at_));
  AMPSTREAM_RETURN_IF_ERROR(Locate(bytes, UserId(kFirst % kUsers), &events.user_at_));
  AMPSTREAM_RETURN_IF_ERROR(Locate(bytes, EventIdOf(kFirst), &events.event_id_at_));
  AMPSTREAM_RETURN_IF_ERROR(Locate(bytes, InsertIdOf(kFirst), &events.insert_id_at_));
  AMPSTREAM_RETURN_IF_ERROR(Locate(bytes, kClick, &events.click_at_));
  return events;
}

std::vector<NewEvent> TrackEvents::Next(int64_t count) {
  std::vector<NewEvent> events;
  events.reserve(static_cast<size_t>(count));
  for (int64_t i = 0; i < count; ++i) events.push_back(NextOne());
  return events;
}

NewEvent TrackEvents::NextOne() {
  const int64_t number = kFirst + made_++;
  NewEvent event = model_;
  const std::string event_id = EventIdOf(number);
  event.id = EventId::Of({series_, event_id});
  Overwrite(id_at_, event.id.ToString(), &event.encoded);
  Overwrite(user_at_, UserId(number % kUsers), &event.encoded);
  Overwrite(event_id_at_, event_id, &event.encoded);
  Overwrite(insert_id_at_, InsertIdOf(number), &event.encoded);
  Overwrite(click_at_, ClickOf(number), &event.encoded);
  return event;
}

}  // namespace ampstream
