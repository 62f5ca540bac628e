#include "client/cli/signal_text.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "client/cli/error_text.h"
#include "client/cli/printable.h"

namespace ampstream {
namespace {

std::string Text(const v1::Subscribed& subscribed) {
  return Printable(absl::StrCat("subscribed after ", subscribed.cursor(), " of epoch ", subscribed.epoch(), " (oldest ",
                                subscribed.oldest_cursor(), ", newest ", subscribed.newest_cursor(), ")"));
}

std::string Text(const v1::Goodbye& goodbye) {
  if (goodbye.code() == 0) {
    return absl::StrCat("goodbye: ", goodbye.message().empty() ? "done" : Printable(goodbye.message()));
  }
  std::string text = absl::StrCat("goodbye: ", absl::StatusCodeToString(static_cast<absl::StatusCode>(goodbye.code())));
  if (goodbye.reason() != v1::ERROR_REASON_UNSPECIFIED) absl::StrAppend(&text, " ", ReasonName(goodbye.reason()));
  absl::StrAppend(&text, ": ", Printable(goodbye.message()));
  if (goodbye.has_retry_delay()) absl::StrAppend(&text, "; try again in ", goodbye.retry_delay().seconds(), " s");
  return text;
}

}  // namespace

SignalText TextOfSignal(const v1::SubscribeResponse& response) {
  switch (response.signal_case()) {
    case v1::SubscribeResponse::kSubscribed:
      return {LogLevel::kInfo, Text(response.subscribed())};
    case v1::SubscribeResponse::kHeartbeat:
      return {LogLevel::kDebug, absl::StrCat("heartbeat at ", Printable(response.cursor()))};
    case v1::SubscribeResponse::kCaughtUp:
      return {LogLevel::kInfo, "caught up: from here on events are shown as they come"};
    case v1::SubscribeResponse::kFellBehind:
      return {LogLevel::kInfo, "fell behind: events are read from the log until caught up; none is lost"};
    case v1::SubscribeResponse::kGoodbye:
      return {LogLevel::kInfo, Text(response.goodbye())};
    case v1::SubscribeResponse::SIGNAL_NOT_SET:
      break;
  }
  return {LogLevel::kDebug, ""};
}

}  // namespace ampstream
