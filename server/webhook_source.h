#ifndef AMPSTREAM_SERVER_WEBHOOK_SOURCE_H_
#define AMPSTREAM_SERVER_WEBHOOK_SOURCE_H_

#include "absl/status/statusor.h"
#include "ampstream/config/v1/config.pb.h"
#include "server/config.h"
#include "server/ingress/webhook_handler.h"

namespace ampstream {

// What a source of the configuration is to the handler of webhooks: its secrets are read. INVALID_ARGUMENT: one cannot
// be had, is empty, or is none of its scheme's; the text names the source, never a secret.
absl::StatusOr<WebhookHandler::Source> MakeWebhookSource(const config::v1::Source& source,
                                                         const Environment& environment);

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_WEBHOOK_SOURCE_H_
