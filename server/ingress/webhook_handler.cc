#include "server/ingress/webhook_handler.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "server/amplitude/translate_error.h"
#include "server/ingress/append_wait.h"
#include "server/ingress/trace_parent.h"

namespace ampstream {
namespace {

constexpr absl::string_view kPathPrefix = "/webhooks/amplitude/";

// A type alone or with parameters: `application/json; charset=utf-8`.
bool IsJson(absl::string_view content_type) {
  const absl::string_view type = absl::StripAsciiWhitespace(content_type.substr(0, content_type.find(';')));
  return absl::EqualsIgnoreCase(type, "application/json");
}

HttpAnswer MethodNotAllowed() {
  HttpAnswer answer = ErrorAnswer(HttpError::kMethodNotAllowed, "a webhook is delivered by POST");
  answer.headers.emplace_back("Allow", "POST");
  return answer;
}

HttpAnswer TranslateErrorAnswer(const absl::Status& status) {
  const HttpError error = absl::IsInvalidArgument(status) ? HttpError::kMalformedJson : HttpError::kInvalidEvent;
  return ErrorAnswer(error, status.message(), FieldOf(status));
}

HttpAnswer AcceptedAnswer(const std::vector<Appended>& appended) {
  const auto duplicates = std::count_if(appended.begin(), appended.end(), [](const Appended& one) {
    return one.outcome == Appended::Outcome::kDuplicate;
  });
  const std::string ids = absl::StrJoin(appended, ",", [](std::string* out, const Appended& one) {
    absl::StrAppend(out, "\"", one.id.ToString(), "\"");
  });
  const auto accepted = static_cast<int64_t>(appended.size()) - duplicates;
  return {200, absl::StrCat("{\"accepted\":", accepted, ",\"duplicates\":", duplicates, ",\"ids\":[", ids, "]}"), {}};
}

}  // namespace

WebhookHandler::WebhookHandler(const Options& options, EventLog& log, const Clock& clock)
    : append_timeout_(options.append_timeout), log_(log), clock_(clock), translators_(options.limits) {
  for (const Source& source : options.sources) sources_.try_emplace(source.name, source.secrets);
}

absl::optional<HttpAnswer> WebhookHandler::CheckHead(const HttpHead& head) {
  absl::string_view name = head.path;
  if (!absl::ConsumePrefix(&name, kPathPrefix)) {
    return ErrorAnswer(HttpError::kNotFound,
                       absl::StrCat("nothing is here; deliveries are posted to ", kPathPrefix, "{source}"));
  }
  if (sources_.find(name) == sources_.end())
    return ErrorAnswer(HttpError::kUnknownSource, "no source of this name is configured");
  if (head.method != "POST") return MethodNotAllowed();
  if (draining_) return ErrorAnswer(HttpError::kDraining, "the server drains; send it again later");
  const std::vector<absl::string_view> types = head.Values("Content-Type");
  if (!std::all_of(types.begin(), types.end(), IsJson)) {
    return ErrorAnswer(HttpError::kUnsupportedMediaType, "the Content-Type must be application/json");
  }
  return absl::nullopt;
}

HttpAnswer WebhookHandler::Handle(const HttpHead& head, std::string body) {
  const absl::Time receive_time = clock_.Now();
  const auto source = sources_.find(absl::StripPrefix(head.path, kPathPrefix));
  if (!source->second.Verify(head.Values(SignatureVerifier::kHeader), body)) {
    return ErrorAnswer(HttpError::kSignatureInvalid, "the signature is missing or wrong");
  }
  const absl::string_view trace_parent = head.Value("traceparent");
  absl::StatusOr<std::vector<NewEvent>> events = translators_.Translate(
      body, {source->first, receive_time, IsTraceParent(trace_parent) ? trace_parent : absl::string_view()});
  if (!events.ok()) return TranslateErrorAnswer(events.status());
  if (events->empty()) return AcceptedAnswer({});
  return Append(*std::move(events));
}

HttpAnswer WebhookHandler::Append(std::vector<NewEvent> events) {
  const absl::StatusOr<std::vector<Appended>> appended =
      AppendAndWait(log_, clock_, std::move(events), append_timeout_);
  if (appended.ok()) return AcceptedAnswer(*appended);
  if (absl::IsResourceExhausted(appended.status())) {
    return ErrorAnswer(HttpError::kOverloaded,
                       absl::StrCat("too much is under way: ", appended.status().message(), "; send it again later"));
  }
  // What ails the log is for its operator, who finds it in the server's own log; the sender may be anybody.
  return ErrorAnswer(HttpError::kLogUnavailable, "the log cannot take it now; send it again later");
}

}  // namespace ampstream
