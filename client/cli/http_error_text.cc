#include "client/cli/http_error_text.h"

#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/cli/printable.h"

namespace ampstream {
namespace {

using google::protobuf::Struct;

constexpr size_t kLongestBody = 300;

std::string Field(const Struct& error, const std::string& key) {
  const auto found = error.fields().find(key);
  return found == error.fields().end() ? "" : Printable(found->second.string_value());
}

// `{"error":{"reason","message","field"}}`; any other body as it is.
std::string WhatTheServerSaid(const std::string& body) {
  Struct parsed;
  const bool is_json = google::protobuf::util::JsonStringToMessage(body, &parsed).ok();
  const auto found = parsed.fields().find("error");
  if (!is_json || found == parsed.fields().end() || !found->second.has_struct_value()) {
    return absl::StrCat(": ", body.empty() ? "(no text)" : Shortened(body, kLongestBody));
  }
  const Struct& error = found->second.struct_value();
  const std::string reason = Field(error, "reason");
  const std::string field = Field(error, "field");
  std::string text = absl::StrCat(reason.empty() ? "" : " ", reason, ": ", Field(error, "message"));
  // The message mostly begins with the field.
  if (!absl::StrContains(text, field)) absl::StrAppend(&text, " (field ", field, ")");
  return text;
}

std::string Advice(const HttpAnswer& answer) {
  switch (answer.code) {
    case 401:
      return "; is AMPSTREAM_WEBHOOK_SECRET the secret of that source?";
    case 404:
      return "; is --url that of a configured source (http://HOST:PORT/webhooks/amplitude/SOURCE)?";
    case 503:
      return answer.retry_after.empty() ? "; try again later"
                                        : absl::StrCat("; try again in ", Printable(answer.retry_after), " s");
    default:
      return "";
  }
}

}  // namespace

std::string HttpErrorText(const HttpAnswer& answer) {
  return absl::StrCat("HTTP ", answer.code, WhatTheServerSaid(answer.body), Advice(answer));
}

}  // namespace ampstream
