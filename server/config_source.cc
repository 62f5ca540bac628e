#include "server/config_source.h"

#include <algorithm>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/config_values.h"
#include "server/event/times.h"

namespace ampstream {
namespace {

using config::v1::Source;

bool IsSourceName(absl::string_view name) {
  const auto is_taken = [](char c) { return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-'; };
  return name.size() <= 63 && absl::ascii_islower(name[0]) && std::all_of(name.begin(), name.end(), is_taken);
}

// By their keys.
std::vector<absl::string_view> SchemesOf(const Source& source) {
  std::vector<absl::string_view> schemes;
  if (!source.secrets().empty()) schemes.push_back("secrets");
  if (source.has_static_token()) schemes.push_back("static_token");
  if (source.has_knock()) schemes.push_back("knock");
  if (source.has_hmac_sha256()) schemes.push_back("hmac_sha256");
  if (source.has_standard_webhooks()) schemes.push_back("standard_webhooks");
  return schemes;
}

absl::Status Found(absl::string_view what, const Source& source, absl::string_view expected) {
  return absl::InvalidArgumentError(
      absl::StrCat("found ", what, " in source ", source.name(), ", expected ", expected));
}

absl::Status CheckScheme(const Source& source) {
  const std::vector<absl::string_view> schemes = SchemesOf(source);
  if (schemes.empty()) {
    return Found("no secrets", source,
                 "a list such as [\"env:NAME\"], or one of static_token, knock, hmac_sha256, standard_webhooks");
  }
  if (schemes.size() > 1) return Found(absl::StrJoin(schemes, " and "), source, "one of them");
  if (source.has_static_token() && source.static_token().header().empty())
    return Found("no static_token.header", source, "the name of an HTTP header");
  if (SecretReferences(source).empty()) {
    return Found(absl::StrCat("no ", schemes[0], source.has_static_token() ? ".tokens" : ".secrets"), source,
                 "a list such as [\"env:NAME\"]");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckSource(const Source& source) {
  if (source.name().empty()) return absl::InvalidArgumentError("found a source without a name, expected one");
  if (!IsSourceName(source.name())) {
    return absl::InvalidArgumentError(absl::StrCat("found the name \"", ShownValue(source.name()),
                                                   "\", expected 1 to 63 of a-z, 0-9 and -, the first a letter"));
  }
  return CheckScheme(source);
}

void SetSourceDefaults(Source* source) {
  if (source->payload() == Source::PAYLOAD_UNSPECIFIED) source->set_payload(Source::PAYLOAD_AUTO);
  if (source->has_hmac_sha256()) {
    config::v1::HmacSha256& hmac = *source->mutable_hmac_sha256();
    if (hmac.header().empty()) hmac.set_header("x-amplitude-signature");
    if (hmac.encoding() == config::v1::HmacSha256::ENCODING_UNSPECIFIED)
      hmac.set_encoding(config::v1::HmacSha256::ENCODING_HEX);
    if (hmac.prefix().empty()) hmac.set_prefix("sha256=");
  }
  if (source->has_standard_webhooks() && !source->standard_webhooks().has_tolerance())
    SetDuration(absl::Minutes(5), source->mutable_standard_webhooks()->mutable_tolerance());
}

const google::protobuf::RepeatedPtrField<std::string>& SecretReferences(const Source& source) {
  if (source.has_static_token()) return source.static_token().tokens();
  if (source.has_knock()) return source.knock().secrets();
  if (source.has_hmac_sha256()) return source.hmac_sha256().secrets();
  if (source.has_standard_webhooks()) return source.standard_webhooks().secrets();
  return source.secrets();
}

}  // namespace ampstream
