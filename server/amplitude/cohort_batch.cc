#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "server/amplitude/objects.h"
#include "server/amplitude/payload_reader.h"
#include "server/base/status_macros.h"
#include "server/event/event_id.h"
#include "server/event/event_type.h"

namespace ampstream {
namespace {

using Payload = v1::CohortsMembership;

constexpr int kMostUsers = 1000;  // Of an event.

// What an event takes beside its payload's own fields, and what a user takes beside itself, encoded: more than enough.
constexpr size_t kEventOverhead = 512;
constexpr size_t kUserOverhead = 8;

void ReadUser(PayloadReader user, Payload::User* out) {
  user.String({"user_id"}, out, &Payload::User::mutable_user_id);
  user.String({"device_id"}, out, &Payload::User::mutable_device_id);
  user.Struct({"user_properties"}, out, Payload::User::kUserPropertiesFieldNumber);
  user.Rest(nullptr, out, Payload::User::kAdditionalFieldsFieldNumber);
}

// The batch's events: as few as the limits of users and bytes allow, and all but their users the same.
class Parts {
 public:
  explicit Parts(DeliveryEvents* events) : events_(*events) {}

  // Of the first event, to be filled before the first user.
  Payload* first() { return first_->mutable_cohorts_membership(); }

  // FAILED_PRECONDITION (DoesNotFit): together they are more than a delivery may be.
  absl::Status AddUser(const Payload::User& user) {
    const size_t size = user.ByteSizeLong();
    const size_t most = events_.limits().max_event_bytes;
    if (parts_.empty() || last().users_size() == kMostUsers || bytes_ + size + kUserOverhead > most) Begin();
    *last().add_users() = user;
    bytes_ += size + kUserOverhead;
    least_bytes_ += size;
    return events_.CheckBytes(least_bytes_);
  }

  const std::vector<v1::Event*>& all() const { return parts_; }

 private:
  Payload& last() { return *parts_.back()->mutable_cohorts_membership(); }

  void Begin() {
    v1::Event* const part = events_.New();
    part->set_type(v1::EVENT_TYPE_COHORTS_MEMBERSHIP);
    *part->mutable_cohorts_membership() = first_->cohorts_membership();
    parts_.push_back(part);
    const size_t size = last().ByteSizeLong();
    bytes_ = size + kEventOverhead;
    least_bytes_ += size;
  }

  DeliveryEvents& events_;
  v1::Event* const first_ = events_.New();
  std::vector<v1::Event*> parts_;
  size_t bytes_ = 0;        // Of the last part, at most.
  size_t least_bytes_ = 0;  // Of all parts.
};

void ReadBatch(PayloadReader& data, const JsonValue* envelope, Payload* out) {
  data.String({"cohort_id"}, out, &Payload::mutable_cohort_id, PayloadReader::kRequired);
  data.String({"cohort_name"}, out, &Payload::mutable_cohort_name);
  data.Boolean({"in_cohort"}, out, &Payload::set_in_cohort, PayloadReader::kRequired);
  data.Time({"computed_time"}, out, &Payload::mutable_computed_time);
  data.String({"message_id"}, out, &Payload::mutable_message_id);
  data.Rest(envelope, out, Payload::kAdditionalFieldsFieldNumber);
}

// What the ids of the batch's events are made of; nothing: without a key for duplicates, or a time, the same may well
// happen twice.
absl::optional<EventId> IdentityOf(const Payload& batch, const JsonValue& object, absl::string_view source) {
  const absl::string_view type = EventTypeName(v1::EVENT_TYPE_COHORTS_MEMBERSHIP);
  if (!batch.message_id().empty()) return EventId::Of({source, type, "m", batch.message_id()});
  if (batch.has_computed_time()) return EventId::Of({source, type, "d", object.raw()});
  return absl::nullopt;
}

absl::Status AddAll(const Parts& parts, const absl::optional<EventId>& identity, absl::string_view path,
                    DeliveryEvents* events) {
  int number = 0;
  for (v1::Event* const event : parts.all()) {
    Payload& part = *event->mutable_cohorts_membership();
    part.set_part(++number);
    part.set_parts(static_cast<int32_t>(parts.all().size()));
    if (part.has_computed_time()) *event->mutable_occur_time() = part.computed_time();
    const EventId id =
        identity.has_value() ? EventId::Of({identity->ToString(), absl::StrCat(number)}) : EventId::Random();
    AMPSTREAM_RETURN_IF_ERROR(events->Add(id, path, event));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ReadCohort(const JsonValue& object, const std::string& path, const JsonValue* envelope,
                        int64_t* unread_fields, DeliveryEvents* events) {
  absl::Status fault;
  PayloadReader data(object, path, &fault, unread_fields);
  if (unread_fields == nullptr) data.Drop("type");
  const absl::Span<const JsonValue> users = data.Items({"users"});
  Parts parts(events);
  ReadBatch(data, envelope, parts.first());
  for (size_t i = 0; fault.ok() && i < users.size(); ++i) {
    const std::string name = absl::StrCat("users[", i, "]");
    if (!users[i].is_object()) data.Fault(name, "must be an object");
    Payload::User user;
    ReadUser(PayloadReader(users[i], JoinPath(path, name), &fault, unread_fields), &user);
    AMPSTREAM_RETURN_IF_ERROR(parts.AddUser(user));
  }
  AMPSTREAM_RETURN_IF_ERROR(fault);
  return AddAll(parts, IdentityOf(*parts.first(), object, events->delivery().source), path, events);
}

}  // namespace ampstream
