#include "server/amplitude/event_identity.h"
#include "server/amplitude/objects.h"
#include "server/amplitude/payloads.h"
#include "server/base/status_macros.h"
#include "server/event/event_type.h"

namespace ampstream {

absl::Status ReadIdentify(const JsonValue& object, const std::string& path, DeliveryEvents* events) {
  v1::Event* const event = events->New();
  event->set_type(v1::EVENT_TYPE_EVENTS_IDENTIFY);
  absl::Status fault;
  PayloadReader data(object, path, &fault, events->unread_fields());
  const JsonValue* const event_type = object.Find("event_type");
  if (event_type != nullptr && !event_type->is_null()) data.Fault("event_type", "must not be in an Identify object");
  ReadEventsIdentify(data, nullptr, event);
  const v1::EventsIdentify& identify = event->events_identify();
  if (!identify.has_user_id() && !identify.has_device_id()) data.Fault("user_id", "is required, or a device_id");
  AMPSTREAM_RETURN_IF_ERROR(fault);
  if (identify.has_time()) *event->mutable_occur_time() = identify.time();
  return events->Add(IdentityOf(events->delivery().source, EventTypeName(event->type()), object), path, event);
}

}  // namespace ampstream
