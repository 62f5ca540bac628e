#include "server/amplitude/translator.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include "absl/cleanup/cleanup.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "google/protobuf/arena.h"
#include "server/amplitude/delivery_events.h"
#include "server/amplitude/json_parser.h"
#include "server/amplitude/objects.h"
#include "server/amplitude/translate_error.h"
#include "server/base/status_macros.h"

namespace ampstream {
namespace {

// Holds the message of nearly every event, so that no block is allocated for it.
constexpr size_t kFirstBlockBytes = size_t{32} << 10;

absl::Status Read(Shape shape, const JsonValue& object, const std::string& path, DeliveryEvents* events) {
  switch (shape) {
    case Shape::kExportEvent:
      return ReadExportEvent(object, path, events);
    case Shape::kIdentify:
      return ReadIdentify(object, path, events);
    case Shape::kCohort:
      return ReadCohort(object, path, nullptr, events->unread_fields(), events);
    case Shape::kMonitor:
      return ReadMonitor(object, path, events);
    case Shape::kExperimentAlert:
      return ReadExperimentAlert(object, path, events);
    case Shape::kAuto:
    case Shape::kEnvelope:
      break;
  }
  return ReadEnvelope(object, path, events);
}

// A user without a cohort could be read as an Identify object, which comes alone unless the source says otherwise.
absl::Status CheckItem(const JsonValue& item, absl::string_view path, Shape shape) {
  if (!item.is_object()) return DoesNotFit(path, "must be an object");
  if ((shape != Shape::kAuto && shape != Shape::kCohort) || !LooksLikeUser(item)) return absl::OkStatus();
  return DoesNotFit(
      path,
      "is a user without a cohort: set the template of the cohort webhook to an object with cohort_id, cohort_name, "
      "in_cohort, computed_time, message_id and users (or, if these are Identify objects, the source's payload to "
      "identify)");
}

bool HasBatchKey(const JsonValue& object) {
  const absl::Span<const JsonMember> members = object.members();
  return std::any_of(members.begin(), members.end(), [](const JsonMember& member) { return IsBatchKey(member.key); });
}

// The value itself, and all in it.
int64_t CountValues(const JsonValue& value) {
  int64_t count = 1;
  for (const JsonValue& item : value.items()) count += CountValues(item);
  for (const JsonMember& member : value.members()) count += CountValues(member.value);
  return count;
}

// Whether one event is within the limit of values. The parser has counted each item of what may be a batch for itself:
// in what is none they all count.
absl::Status CheckValues(Shape shape, const JsonValue& object, absl::string_view path, int64_t most) {
  if (shape == Shape::kCohort || shape == Shape::kMonitor) return absl::OkStatus();
  const JsonValue* const data = object.Find("data");
  const bool may_be_batch = HasBatchKey(object) || (data != nullptr && HasBatchKey(*data));
  if (!may_be_batch || IsCohortEnvelope(object)) return absl::OkStatus();
  const int64_t count = CountValues(object);
  return count <= most ? absl::OkStatus() : TooManyValues(path, count, most);
}

}  // namespace

class Translator::Impl {
 public:
  explicit Impl(const TranslateLimits& limits) : limits_(limits) {}

  absl::StatusOr<std::vector<NewEvent>> Translate(std::string& body, const DeliveryInfo& delivery,
                                                  int64_t* unread_fields);

 private:
  absl::Status ReadAll(const JsonValue& root, DeliveryEvents* events);
  absl::Status ReadObject(const JsonValue& object, const std::string& path, DeliveryEvents* events);

  google::protobuf::ArenaOptions ArenaOptions() const {
    google::protobuf::ArenaOptions options;
    options.initial_block = first_block_.get();
    options.initial_block_size = kFirstBlockBytes;
    return options;
  }

  const TranslateLimits limits_;
  JsonParser parser_;
  const std::unique_ptr<char[]> first_block_ = std::make_unique<char[]>(kFirstBlockBytes);
  google::protobuf::Arena arena_{ArenaOptions()};
};

absl::StatusOr<std::vector<NewEvent>> Translator::Impl::Translate(std::string& body, const DeliveryInfo& delivery,
                                                                  int64_t* unread_fields) {
  const absl::Cleanup clear = [this] {
    parser_.Clear();
    arena_.Reset();
  };
  AMPSTREAM_ASSIGN_OR_RETURN(const JsonValue* const root,
                             parser_.Parse(body, {limits_.max_events, limits_.max_event_values}));
  DeliveryEvents events(limits_, delivery, &arena_);
  AMPSTREAM_RETURN_IF_ERROR(ReadAll(*root, &events));
  if (unread_fields != nullptr) *unread_fields = *events.unread_fields();
  return events.Take();
}

absl::Status Translator::Impl::ReadAll(const JsonValue& root, DeliveryEvents* events) {
  if (!root.is_array()) return ReadObject(root, "", events);
  for (size_t i = 0; i < root.items().size(); ++i) {
    const std::string path = absl::StrCat("[", i, "]");
    AMPSTREAM_RETURN_IF_ERROR(CheckItem(root.items()[i], path, events->delivery().shape));
    AMPSTREAM_RETURN_IF_ERROR(ReadObject(root.items()[i], path, events));
  }
  return absl::OkStatus();
}

absl::Status Translator::Impl::ReadObject(const JsonValue& object, const std::string& path, DeliveryEvents* events) {
  arena_.Reset();
  const Shape told = events->delivery().shape;
  const Shape shape = told == Shape::kAuto ? RecognizeShape(object) : told;
  AMPSTREAM_RETURN_IF_ERROR(CheckValues(shape, object, path, limits_.max_event_values));
  return Read(shape, object, path, events);
}

Translator::Translator(const TranslateLimits& limits) : impl_(std::make_unique<Impl>(limits)) {}

Translator::~Translator() = default;

absl::StatusOr<std::vector<NewEvent>> Translator::Translate(std::string& body, const DeliveryInfo& delivery,
                                                            int64_t* unread_fields) {
  return impl_->Translate(body, delivery, unread_fields);
}

}  // namespace ampstream
