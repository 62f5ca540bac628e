#include "server/amplitude/event_identity.h"
#include "server/amplitude/objects.h"
#include "server/amplitude/payloads.h"
#include "server/base/status_macros.h"
#include "server/event/event_type.h"

namespace ampstream {

absl::Status ReadExperimentAlert(const JsonValue& object, const std::string& path, DeliveryEvents* events) {
  v1::Event* const event = events->New();
  event->set_type(v1::EVENT_TYPE_EXPERIMENTS_FLAG_CHANGED);
  absl::Status fault;
  PayloadReader data(object, path, &fault, events->unread_fields());
  ReadExperimentsFlagChanged(data, nullptr, event);
  AMPSTREAM_RETURN_IF_ERROR(fault);
  return events->Add(IdentityOf(events->delivery().source, EventTypeName(event->type()), object), path, event);
}

}  // namespace ampstream
