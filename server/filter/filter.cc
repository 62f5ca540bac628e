#include "server/filter/filter.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
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

absl::Status TakeExpression(absl::string_view text, std::shared_ptr<const ExpressionMatcher>* out) {
  if (text.empty()) return absl::OkStatus();
  absl::StatusOr<std::shared_ptr<const ExpressionMatcher>> matcher =
      ExpressionMatcher::Compile(text, ExpressionLimits());
  if (!matcher.ok()) {
    return WithFieldViolation(InvalidFilter("expression", matcher.status().message()), "filter.expression",
                              matcher.status().message());
  }
  *out = *std::move(matcher);
  return absl::OkStatus();
}

bool Holds(const absl::flat_hash_set<std::string>& wanted, const absl::optional<absl::string_view>& value) {
  return wanted.empty() || (value.has_value() && wanted.contains(*value));
}

}  // namespace

absl::StatusOr<std::shared_ptr<const Filter>> Filter::Compile(const v1::EventFilter& filter) {
  std::shared_ptr<Filter> compiled(new Filter);
  AMPSTREAM_RETURN_IF_ERROR(TakeTypes(filter.types(), &compiled->types_));
  AMPSTREAM_RETURN_IF_ERROR(TakeValues("sources", filter.sources(), &compiled->sources_));
  AMPSTREAM_RETURN_IF_ERROR(TakeValues("user_ids", filter.user_ids(), &compiled->user_ids_));
  AMPSTREAM_RETURN_IF_ERROR(TakeValues("device_ids", filter.device_ids(), &compiled->device_ids_));
  AMPSTREAM_RETURN_IF_ERROR(TakeExpression(filter.expression(), &compiled->expression_));
  return std::shared_ptr<const Filter>(std::move(compiled));
}

bool Filter::Matches(const EventKeys& keys, absl::string_view encoded_event) const {
  if (types_ != 0 && (!IsEventType(keys.type) || (types_ >> keys.type & 1) == 0)) return false;
  return Holds(sources_, keys.source) && Holds(user_ids_, keys.user_id) && Holds(device_ids_, keys.device_id) &&
         (expression_ == nullptr || expression_->Matches(encoded_event));
}

}  // namespace ampstream
