#ifndef AMPSTREAM_SERVER_FILTER_FILTER_H_
#define AMPSTREAM_SERVER_FILTER_FILTER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "ampstream/v1/filter.pb.h"
#include "server/event/event_keys.h"
#include "server/filter/expression_matcher.h"

namespace ampstream {

// What an event may be looked up by.
struct FilterKey {
  enum class Field { kUserId, kDeviceId, kTrackEventType, kSource, kType } field;
  static constexpr Field kFields[] = {Field::kUserId, Field::kDeviceId, Field::kTrackEventType, Field::kSource,
                                      Field::kType};
  std::string value;  // Of a type: its name.

  // What an event has there.
  static absl::optional<absl::string_view> ValueIn(Field field, const EventKeys& keys);
};

// A v1.EventFilter, checked and made ready to be asked of many events. Immutable; thread-safe.
class Filter {
 public:
  static constexpr int kMaxValues = 1000;  // In a list.
  static constexpr size_t kMaxValueBytes = 512;

  // INVALID_ARGUMENT, INVALID_FILTER: an unspecified or unknown type, too many or too long values, a broken expression.
  static absl::StatusOr<std::shared_ptr<const Filter>> Compile(const v1::EventFilter& filter,
                                                               const ExpressionLimits& limits = ExpressionLimits());

  // Whether every event matches.
  bool MatchesAll() const {
    return types_ == 0 && sources_.empty() && user_ids_.empty() && device_ids_.empty() && expression_ == nullptr;
  }

  // `keys` are those of the event.
  bool Matches(const EventKeys& keys, absl::string_view encoded_event) const;

  // The same for all filters that ask for the same, in whatever order and form.
  const std::string& identity() const { return identity_; }

  // Every event that matches has one of these. Empty: an event cannot be looked up, the filter must be tried on it.
  const std::vector<FilterKey>& keys() const { return keys_; }

  // The expression in its normal form; empty where there is none.
  std::string normalized_expression() const { return expression_ == nullptr ? "" : expression_->normalized(); }

 private:
  Filter() = default;
  void FindIdentity();
  void FindKeys();
  bool TakeRequired(FilterKey::Field field, absl::string_view name);

  uint64_t types_ = 0;  // A bit an EventType. 0: all.
  absl::flat_hash_set<std::string> sources_;
  absl::flat_hash_set<std::string> user_ids_;
  absl::flat_hash_set<std::string> device_ids_;
  std::shared_ptr<const ExpressionMatcher> expression_;  // Null: none.
  std::string identity_;
  std::vector<FilterKey> keys_;
  bool is_key_of_expression_ = false;  // The one key: most events are told by it, without a walk over their bytes.
};

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_FILTER_FILTER_H_
