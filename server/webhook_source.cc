#include "server/webhook_source.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "server/base/status_macros.h"
#include "server/event/times.h"
#include "server/ingress/hmac_verifier.h"
#include "server/ingress/knock_verifier.h"
#include "server/ingress/standard_webhooks_verifier.h"
#include "server/ingress/static_token_verifier.h"

namespace ampstream {
namespace {

using config::v1::Source;
using Secrets = std::vector<std::string>;

std::shared_ptr<const Verifier> MakeHmacVerifier(const config::v1::HmacSha256& config, Secrets secrets) {
  HmacVerifier::Options options;
  options.secrets = std::move(secrets);
  options.header = config.header();
  options.prefix = config.prefix();
  if (config.encoding() == config::v1::HmacSha256::ENCODING_BASE64) options.encoding = HmacVerifier::Encoding::kBase64;
  return std::make_shared<HmacVerifier>(options);
}

absl::StatusOr<std::shared_ptr<const Verifier>> MakeStandardWebhooksVerifier(const Source& source,
                                                                             const Secrets& secrets) {
  const absl::Duration tolerance = DurationOf(source.standard_webhooks().tolerance()).value_or(absl::ZeroDuration());
  absl::StatusOr<std::unique_ptr<StandardWebhooksVerifier>> verifier =
      StandardWebhooksVerifier::Make(secrets, tolerance);
  if (verifier.ok()) return std::shared_ptr<const Verifier>(*std::move(verifier));
  return absl::InvalidArgumentError(
      absl::StrCat("the standard_webhooks of source ", source.name(), ": ", verifier.status().message()));
}

absl::StatusOr<std::shared_ptr<const Verifier>> MakeVerifier(const Source& source, Secrets secrets) {
  if (source.has_static_token()) {
    return std::make_shared<StaticTokenVerifier>(source.static_token().header(), secrets);
  }
  if (source.has_knock()) return std::make_shared<KnockVerifier>(secrets);
  if (source.has_standard_webhooks()) return MakeStandardWebhooksVerifier(source, secrets);
  if (source.has_hmac_sha256()) return MakeHmacVerifier(source.hmac_sha256(), std::move(secrets));
  HmacVerifier::Options defaults;
  defaults.secrets = std::move(secrets);
  return std::make_shared<HmacVerifier>(defaults);
}

Shape ShapeOf(Source::Payload payload) {
  switch (payload) {
    case Source::PAYLOAD_ENVELOPE:
      return Shape::kEnvelope;
    case Source::PAYLOAD_EXPORT_EVENT:
      return Shape::kExportEvent;
    case Source::PAYLOAD_IDENTIFY:
      return Shape::kIdentify;
    case Source::PAYLOAD_COHORT:
      return Shape::kCohort;
    case Source::PAYLOAD_MONITOR:
      return Shape::kMonitor;
    case Source::PAYLOAD_EXPERIMENT_ALERT:
      return Shape::kExperimentAlert;
    default:
      return Shape::kAuto;
  }
}

}  // namespace

absl::StatusOr<WebhookHandler::Source> MakeWebhookSource(const Source& source, const Environment& environment) {
  AMPSTREAM_ASSIGN_OR_RETURN(Secrets secrets, ResolveSecrets(source, environment));
  AMPSTREAM_ASSIGN_OR_RETURN(std::shared_ptr<const Verifier> verifier, MakeVerifier(source, std::move(secrets)));
  return WebhookHandler::Source{source.name(), std::move(verifier), ShapeOf(source.payload())};
}

}  // namespace ampstream
