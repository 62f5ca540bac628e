#include "server/filter/filter.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/types/optional.h"
#include "server/base/status_macros.h"
#include "server/event/error.h"
#include "server/event/event_type.h"

namespace ampstream {
namespace {

static_assert(v1::EventType_MAX < 64, "types_ has a bit for each");

absl::Status InvalidFilter(absl::string_view field, absl::string_view why) {
  return MakeError(absl::StatusCode::kInvalidArgument, v1::ERROR_REASON_INVALID_FILTER,
                   absl::StrCat("filter.", field, ": ", why));
}

absl::Status CheckCount(absl::string_view field, int count) {
  if (count <= Filter::kMaxValues) return absl::OkStatus();
  return WithMetadata(InvalidFilter(field, absl::StrCat(count, " values are more than the ", Filter::kMaxValues,
                                                        " that a list may have")),
                      "limit", absl::StrCat(Filter::kMaxValues));
}

absl::Status TakeValues(absl::string_view field, const google::protobuf::RepeatedPtrField<std::string>& values,
                        absl::flat_hash_set<std::string>* out) {
  AMPSTREAM_RETURN_IF_ERROR(CheckCount(field, values.size()));
  for (int i = 0; i < values.size(); ++i) {
    if (values[i].size() > Filter::kMaxValueBytes) {
      return WithMetadata(InvalidFilter(absl::StrCat(field, "[", i, "]"),
                                        absl::StrCat(values[i].size(), " bytes are more than the ",
                                                     Filter::kMaxValueBytes, " that a value may have")),
                          "limit", absl::StrCat(Filter::kMaxValueBytes));
    }
    out->insert(values[i]);
  }
  return absl::OkStatus();
}

absl::Status TakeTypes(const google::protobuf::RepeatedField<int>& types, uint64_t* out) {
  AMPSTREAM_RETURN_IF_ERROR(CheckCount("types", types.size()));
  for (int i = 0; i < types.size(); ++i) {
    if (!IsEventType(types[i])) {
      return InvalidFilter(
          absl::StrCat("types[", i, "]"),
          types[i] == v1::EVENT_TYPE_UNSPECIFIED
              ? std::string("EVENT_TYPE_UNSPECIFIED is no type to ask for; leave the list empty for all")
              : absl::StrCat(types[i], " is no EventType"));
    }
    *out |= uint64_t{1} << types[i];
  }
  return absl::OkStatus();
}

absl::Status TakeExpression(absl::string_view text, const ExpressionLimits& limits,
                            std::shared_ptr<const ExpressionMatcher>* out) {
  if (text.empty()) return absl::OkStatus();
  absl::StatusOr<std::shared_ptr<const ExpressionMatcher>> matcher = ExpressionMatcher::Compile(text, limits);
  if (!matcher.ok()) {
    return WithFieldViolation(InvalidFilter("expression", matcher.status().message()), "filter.expression",
                              matcher.status().message());
  }
  *out = *std::move(matcher);
  return absl::OkStatus();
}

bool TakeKeys(FilterKey::Field field, const absl::flat_hash_set<std::string>& values, std::vector<FilterKey>* keys) {
  for (const std::string& value : values) keys->push_back({field, value});
  return !values.empty();
}

bool Holds(const absl::flat_hash_set<std::string>& wanted, const absl::optional<absl::string_view>& value) {
  return wanted.empty() || (value.has_value() && wanted.contains(*value));
}

}  // namespace

absl::optional<absl::string_view> FilterKey::ValueIn(Field field, const EventKeys& keys) {
  switch (field) {
    case Field::kUserId:
      return keys.user_id;
    case Field::kDeviceId:
      return keys.device_id;
    case Field::kTrackEventType:
      return keys.event_type;
    case Field::kSource:
      return keys.source;
    case Field::kType:
      return EventTypeName(keys.type);
  }
  return absl::nullopt;
}

absl::StatusOr<std::shared_ptr<const Filter>> Filter::Compile(const v1::EventFilter& filter,
                                                              const ExpressionLimits& limits) {
  std::shared_ptr<Filter> compiled(new Filter);
  AMPSTREAM_RETURN_IF_ERROR(TakeTypes(filter.types(), &compiled->types_));
  AMPSTREAM_RETURN_IF_ERROR(TakeValues("sources", filter.sources(), &compiled->sources_));
  AMPSTREAM_RETURN_IF_ERROR(TakeValues("user_ids", filter.user_ids(), &compiled->user_ids_));
  AMPSTREAM_RETURN_IF_ERROR(TakeValues("device_ids", filter.device_ids(), &compiled->device_ids_));
  AMPSTREAM_RETURN_IF_ERROR(TakeExpression(filter.expression(), limits, &compiled->expression_));
  compiled->FindIdentity();
  compiled->FindKeys();
  return std::shared_ptr<const Filter>(std::move(compiled));
}

void Filter::FindIdentity() {
  identity_ = absl::StrCat(types_);
  for (const auto* const values : {&sources_, &user_ids_, &device_ids_}) {
    std::vector<std::string> sorted(values->begin(), values->end());
    std::sort(sorted.begin(), sorted.end());
    absl::StrAppend(&identity_, ";");
    for (const std::string& value : sorted) absl::StrAppend(&identity_, value.size(), ":", value, ",");
  }
  absl::StrAppend(&identity_, ";", normalized_expression());
}

void Filter::FindKeys() {
  // The fields that tell most apart come first.
  if (TakeKeys(FilterKey::Field::kUserId, user_ids_, &keys_)) return;
  if (TakeRequired(FilterKey::Field::kUserId, "user_id")) return;
  if (TakeKeys(FilterKey::Field::kDeviceId, device_ids_, &keys_)) return;
  if (TakeRequired(FilterKey::Field::kDeviceId, "device_id")) return;
  if (TakeRequired(FilterKey::Field::kTrackEventType, "event_type")) return;
  if (TakeKeys(FilterKey::Field::kSource, sources_, &keys_)) return;
  if (TakeRequired(FilterKey::Field::kSource, "source")) return;
  for (int type = 0; type <= v1::EventType_MAX; ++type) {
    if ((types_ >> type & 1) != 0)
      keys_.push_back({FilterKey::Field::kType, std::string(EventTypeName(static_cast<v1::EventType>(type)))});
  }
  if (keys_.empty()) TakeRequired(FilterKey::Field::kType, "type");
}

// By its short path, or, of a payload's, by its full one.
bool Filter::TakeRequired(FilterKey::Field field, absl::string_view name) {
  if (expression_ == nullptr) return false;
  const bool is_of_payload = field != FilterKey::Field::kSource && field != FilterKey::Field::kType;
  for (const ExpressionMatcher::Equality& required : expression_->required()) {
    absl::string_view path = required.path;
    if (is_of_payload) {
      for (const absl::string_view payload : {"events_track.", "events_identify.", "experiments_exposure."})
        absl::ConsumePrefix(&path, payload);
    }
    if (path != name) continue;
    keys_.push_back({field, required.value});
    is_key_of_expression_ = true;
    return true;
  }
  return false;
}

bool Filter::Matches(const EventKeys& keys, absl::string_view encoded_event) const {
  if (types_ != 0 && (!IsEventType(keys.type) || (types_ >> keys.type & 1) == 0)) return false;
  if (is_key_of_expression_ && FilterKey::ValueIn(keys_[0].field, keys) != keys_[0].value) return false;
  return Holds(sources_, keys.source) && Holds(user_ids_, keys.user_id) && Holds(device_ids_, keys.device_id) &&
         (expression_ == nullptr || expression_->Matches(encoded_event));
}

}  // namespace ampstream
