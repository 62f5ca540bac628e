#include "client/cli/start_text.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "server/base/nearest_name.h"

namespace ampstream {
namespace {

constexpr size_t kLongestCursor = 32;
// As long as the server's cursors are: what is shorter is a word.
constexpr size_t kCursorSize = 28;
constexpr absl::string_view kForms =
    "latest, earliest, a cursor, a time (2026-01-31T08:00:00Z, 2026-01-31), -10m or last:N";

absl::Status NotAStart(absl::string_view text) {
  return absl::InvalidArgumentError(absl::StrCat("\"", text, "\" is none of ", kForms));
}

absl::Status SetTime(absl::string_view text, absl::Time time, v1::SubscribeRequest* request) {
  // What google.protobuf.Timestamp can hold.
  static const absl::Time kFirst = absl::FromUnixSeconds(-62135596800);  // 0001-01-01T00:00:00Z
  static const absl::Time kEnd = absl::FromUnixSeconds(253402300800);    // 10000-01-01T00:00:00Z
  if (time < kFirst || time >= kEnd) {
    return absl::InvalidArgumentError(absl::StrCat("\"", text, "\" lies outside of the years 1 to 9999"));
  }
  const int64_t seconds = absl::ToUnixSeconds(time);
  request->mutable_time()->set_seconds(seconds);
  request->mutable_time()->set_nanos(
      static_cast<int32_t>(absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(seconds))));
  return absl::OkStatus();
}

absl::Status SetBeforeNow(absl::string_view text, absl::Time now, v1::SubscribeRequest* request) {
  absl::Duration duration;
  if (!absl::ParseDuration(text, &duration) || duration == -absl::InfiniteDuration()) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", text, "\" is no time before now; such are -30s, -10m, -1h30m"));
  }
  return SetTime(text, now + duration, request);
}

absl::Status SetWrittenTime(absl::string_view text, v1::SubscribeRequest* request) {
  absl::Time time;
  std::string error;
  if (absl::ParseTime("%Y-%m-%d", text, &time, &error) || absl::ParseTime(absl::RFC3339_full, text, &time, &error)) {
    return SetTime(text, time, request);
  }
  return NotAStart(text);
}

absl::Status SetLast(absl::string_view text, absl::string_view number, v1::SubscribeRequest* request) {
  uint32_t n = 0;
  const bool digits = std::all_of(number.begin(), number.end(), absl::ascii_isdigit);
  if (!digits || !absl::SimpleAtoi(number, &n)) {
    return absl::InvalidArgumentError(absl::StrCat("\"", text, "\": after last: comes a number from 0 to 4294967295"));
  }
  request->set_last_n(n);
  return absl::OkStatus();
}

absl::Status SetCursor(absl::string_view text, v1::SubscribeRequest* request) {
  if (text.size() < kCursorSize) {
    static const auto* const kWords = new std::vector<std::string>{"latest", "earliest", "last:N"};
    const std::string nearest = DidYouMean(text, *kWords);
    if (!nearest.empty()) return absl::InvalidArgumentError(absl::StrCat("\"", text, "\" is not known", nearest));
  }
  request->set_cursor(std::string(text));
  return absl::OkStatus();
}

}  // namespace

bool HasCursorForm(absl::string_view text) {
  return !text.empty() && text.size() <= kLongestCursor && absl::ascii_isalpha(text[0]) &&
         std::all_of(text.begin(), text.end(), [](char c) { return absl::ascii_isalnum(c) || c == '-' || c == '_'; });
}

absl::Status SetStart(absl::string_view text, absl::Time now, v1::SubscribeRequest* request) {
  if (text == "latest") {
    request->mutable_latest();
    return absl::OkStatus();
  }
  if (text == "earliest") {
    request->mutable_earliest();
    return absl::OkStatus();
  }
  absl::string_view rest = text;
  if (absl::ConsumePrefix(&rest, "last:")) return SetLast(text, rest, request);
  if (!text.empty() && text[0] == '-') return SetBeforeNow(text, now, request);
  if (!text.empty() && absl::ascii_isdigit(text[0])) return SetWrittenTime(text, request);
  if (HasCursorForm(text)) return SetCursor(text, request);
  return NotAStart(text);
}

}  // namespace ampstream
