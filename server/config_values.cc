#include "server/config_values.h"

#include <algorithm>
#include <limits>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "server/base/status_macros.h"

namespace ampstream {
namespace {

constexpr int64_t kKiB = int64_t{1} << 10;
constexpr int64_t kMiB = int64_t{1} << 20;
constexpr int64_t kGiB = int64_t{1} << 30;
constexpr int64_t kPiB = int64_t{1} << 50;
constexpr int64_t kMostEvents = 65535;  // Of a chunk.

struct Unit {
  absl::string_view name;
  int64_t bytes;
};
constexpr Unit kUnits[] = {{"PiB", kPiB}, {"TiB", int64_t{1} << 40}, {"GiB", kGiB}, {"MiB", kMiB}, {"KiB", kKiB}};

struct NumberBounds {
  absl::string_view key;
  int64_t least;
  int64_t most;
};
constexpr NumberBounds kNumberBounds[] = {
    {"log.retention_size", kMiB, kPiB},
    {"ingress_limits.max_body_bytes", 1, 64 * kMiB},
    {"ingress_limits.max_events", 1, kMostEvents},
    {"ingress_limits.max_event_bytes", 1, kMiB},
    {"ingress_limits.max_event_values", 1, 1000000},
    {"ingress_limits.max_bytes_in_flight", 1, 64 * kGiB},
    {"ingress_limits.max_delivery_bytes", 1, 64 * kMiB},
    {"ingress_limits.max_connections", 1, 1000000},
    {"ingress_limits.max_connections_per_peer", 0, 1000000},
    {"ingress_limits.max_head_bytes", 256, kMiB},
    {"ingress_limits.max_head_lines", 1, 10000},
    {"subscribe_limits.max_streams", 1, 1000000},
    {"subscribe_limits.max_batch_events", 1, kMostEvents},
    {"subscribe_limits.max_batch_bytes", 1, kMiB},
    {"subscribe_limits.tail_bytes", 64 * kKiB, 64 * kGiB},
    {"subscribe_limits.max_expression_bytes", 1, 64 * kKiB},
    {"subscribe_limits.max_expression_depth", 1, 100},
    {"subscribe_limits.max_expression_terms", 1, 256},
};

struct TimeBounds {
  absl::string_view key;
  absl::Duration least;
  absl::Duration most;
};
const TimeBounds kTimeBounds[] = {
    {"sources.standard_webhooks.tolerance", absl::Seconds(1), absl::Hours(24)},
    {"log.retention_age", absl::Seconds(1), absl::Hours(87600)},
    {"ingress_limits.append_timeout", absl::Milliseconds(1), absl::Hours(1)},
    {"ingress_limits.head_timeout", absl::Milliseconds(1), absl::Hours(24)},
    {"ingress_limits.request_timeout", absl::Milliseconds(1), absl::Hours(24)},
    {"ingress_limits.idle_timeout", absl::Milliseconds(1), absl::Hours(24)},
    {"drain_timeout", absl::Milliseconds(1), absl::Hours(1)},
};

absl::Status Expected(absl::string_view what) { return absl::InvalidArgumentError(absl::StrCat("expected ", what)); }

bool IsDigits(absl::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), absl::ascii_isdigit);
}

bool IsVariableName(absl::string_view text) {
  return !text.empty() && !absl::ascii_isdigit(text[0]) &&
         std::all_of(text.begin(), text.end(), [](char c) { return absl::ascii_isalnum(c) || c == '_'; });
}

}  // namespace

bool IsSizeKey(absl::string_view key) {
  return absl::EndsWith(key, "_bytes") || absl::EndsWith(key, "_size") || absl::EndsWith(key, "bytes_in_flight");
}

absl::StatusOr<int64_t> ParseNumber(absl::string_view text) {
  int64_t number = 0;
  if (!IsDigits(text) || (text.size() > 1 && text[0] == '0') || !absl::SimpleAtoi(text, &number))
    return Expected("a whole number such as 100");
  return number;
}

absl::StatusOr<int64_t> ParseSize(absl::string_view text) {
  const absl::Status error = Expected("a size such as 64MiB, 256KiB, 10GiB, or a number of bytes");
  int64_t unit = 1;
  for (const Unit& one : kUnits) {
    if (unit == 1 && absl::ConsumeSuffix(&text, one.name)) unit = one.bytes;
  }
  const absl::StatusOr<int64_t> number = ParseNumber(text);
  if (!number.ok() || *number > std::numeric_limits<int64_t>::max() / unit) return error;
  return *number * unit;
}

std::string FormatSize(int64_t bytes) {
  for (const Unit& unit : kUnits) {
    if (bytes != 0 && bytes % unit.bytes == 0) return absl::StrCat(bytes / unit.bytes, unit.name);
  }
  return absl::StrCat(bytes);
}

absl::StatusOr<absl::Duration> ParseTimeSpan(absl::string_view text) {
  absl::Duration duration;
  // A sign, and numbers without a unit, are taken by absl.
  const bool is_plain = !text.empty() && absl::ascii_isdigit(text[0]) && absl::ascii_isalpha(text.back());
  if (!is_plain || !absl::ParseDuration(text, &duration) || duration == absl::InfiniteDuration())
    return Expected("a duration such as 30s, 1m30s or 168h");
  return duration;
}

absl::Status CheckReference(absl::string_view text) {
  const absl::Status error = Expected("env:NAME or file:PATH, never the secret itself");
  if (absl::ConsumePrefix(&text, "env:")) return IsVariableName(text) ? absl::OkStatus() : error;
  return absl::ConsumePrefix(&text, "file:") && !text.empty() ? absl::OkStatus() : error;
}

bool IsHeaderName(absl::string_view text) {
  constexpr absl::string_view kPunctuation = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [=](char c) {
    return absl::ascii_isalnum(c) || absl::StrContains(kPunctuation, c);
  });
}

std::string ShownValue(absl::string_view text) {
  constexpr size_t kMost = 60;
  return absl::Utf8SafeCEscape(text.substr(0, kMost)) + (text.size() > kMost ? "..." : "");
}

absl::Status CheckBounds(absl::string_view key, int64_t value) {
  const auto text = [key](int64_t number) { return IsSizeKey(key) ? FormatSize(number) : absl::StrCat(number); };
  for (const NumberBounds& bounds : kNumberBounds) {
    if (bounds.key != key || (value >= bounds.least && value <= bounds.most)) continue;
    return Expected(absl::StrCat(text(bounds.least), " to ", text(bounds.most)));
  }
  return absl::OkStatus();
}

absl::Status CheckBounds(absl::string_view key, absl::Duration value) {
  for (const TimeBounds& bounds : kTimeBounds) {
    if (bounds.key != key || (value >= bounds.least && value <= bounds.most)) continue;
    return Expected(absl::StrCat(absl::FormatDuration(bounds.least), " to ", absl::FormatDuration(bounds.most)));
  }
  return absl::OkStatus();
}

}  // namespace ampstream
