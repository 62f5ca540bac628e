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

HttpAnswer UnknownSource() { return ErrorAnswer(HttpError::kUnknownSource, "no source of this name is configured"); }

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

HttpAnswer AppendedAnswer(const absl::StatusOr<std::vector<Appended>>& appended) {
  if (appended.ok()) return AcceptedAnswer(*appended);
  if (absl::IsResourceExhausted(appended.status())) {
    return ErrorAnswer(HttpError::kOverloaded,
                       absl::StrCat("too much is under way: ", appended.status().message(), "; send it again later"));
  }
  // What ails the log is for its operator, who finds it in the server's own log; the sender may be anybody.
  return ErrorAnswer(HttpError::kLogUnavailable, "the log cannot take it now; send it again later");
}

}  // namespace

WebhookHandler::Settings::Settings(const Options& options)
    : append_timeout(options.append_timeout), translators(std::make_unique<TranslatorPool>(options.limits)) {
  for (const Source& source : options.sources) sources.try_emplace(source.name, source);
}

WebhookHandler::WebhookHandler(const Options& options, EventLog& log, const Clock& clock)
    : log_(log), clock_(clock), settings_(std::make_shared<const Settings>(options)) {}

void WebhookHandler::SetOptions(const Options& options) {
  auto settings = std::make_shared<const Settings>(options);
  MutexLock lock(&mutex_);
  settings_.swap(settings);  // The old one goes after the lock does.
}

std::shared_ptr<const WebhookHandler::Settings> WebhookHandler::settings() const {
  MutexLock lock(&mutex_);
  return settings_;
}

absl::optional<HttpAnswer> WebhookHandler::CheckHead(const HttpHead& head) {
  absl::string_view name = head.path;
  if (!absl::ConsumePrefix(&name, kPathPrefix)) {
    return ErrorAnswer(HttpError::kNotFound,
                       absl::StrCat("nothing is here; deliveries are posted to ", kPathPrefix, "{source}"));
  }
  const std::shared_ptr<const Settings> settings = this->settings();
  if (settings->sources.find(name) == settings->sources.end()) return UnknownSource();
  if (head.method != "POST") return MethodNotAllowed();
  if (draining_) return ErrorAnswer(HttpError::kDraining, "the server drains; send it again later");
  const std::vector<absl::string_view> types = head.Values("Content-Type");
  if (!std::all_of(types.begin(), types.end(), IsJson)) {
    return ErrorAnswer(HttpError::kUnsupportedMediaType, "the Content-Type must be application/json");
  }
  return absl::nullopt;
}

void WebhookHandler::Handle(const HttpHead& head, std::string body, Done done) {
  const std::shared_ptr<const Settings> settings = this->settings();
  absl::variant<HttpAnswer, std::vector<NewEvent>> read = Read(*settings, head, std::move(body));
  if (auto* const refusal = absl::get_if<HttpAnswer>(&read)) return std::move(done)(std::move(*refusal));
  auto& events = absl::get<std::vector<NewEvent>>(read);
  if (events.empty()) return std::move(done)(AcceptedAnswer({}));
  log_.Append(std::move(events), clock_.Now() + settings->append_timeout,
              [done = std::move(done)](absl::StatusOr<std::vector<Appended>> appended) mutable {
                std::move(done)(AppendedAnswer(appended));
              });
}

absl::variant<HttpAnswer, std::vector<NewEvent>> WebhookHandler::Read(const Settings& settings, const HttpHead& head,
                                                                      std::string body) {
  const absl::Time receive_time = clock_.Now();
  const auto source = settings.sources.find(absl::StripPrefix(head.path, kPathPrefix));
  if (source == settings.sources.end()) return UnknownSource();  // It was there when the head came.
  const absl::Status verified = source->second.verifier->Verify(head, body, receive_time);
  if (!verified.ok()) return ErrorAnswer(HttpError::kSignatureInvalid, verified.message());
  const absl::string_view trace_parent = head.Value("traceparent");
  const DeliveryInfo delivery = {source->first, receive_time,
                                 IsTraceParent(trace_parent) ? trace_parent : absl::string_view(),
                                 source->second.shape};
  int64_t unread_fields = 0;
  absl::StatusOr<std::vector<NewEvent>> events = settings.translators->Translate(body, delivery, &unread_fields);
  if (!events.ok()) return TranslateErrorAnswer(events.status());
  if (unread_fields > 0) CountUnreadFields(source->first, unread_fields);
  return *std::move(events);
}

void WebhookHandler::CountUnreadFields(const std::string& source, int64_t count) {
  MutexLock lock(&mutex_);
  unread_fields_[source] += count;
}

std::map<std::string, int64_t> WebhookHandler::UnreadFields() const {
  MutexLock lock(&mutex_);
  std::map<std::string, int64_t> fields = unread_fields_;
  for (const auto& [name, source] : settings_->sources) fields.try_emplace(name, 0);
  return fields;
}

}  // namespace ampstream
