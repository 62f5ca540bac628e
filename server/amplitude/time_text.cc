#include "server/amplitude/time_text.h"

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/time/civil_time.h"
#include "absl/types/optional.h"
#include "server/amplitude/number_text.h"
#include "server/event/times.h"

namespace ampstream {
namespace {

// The first power of ten of seconds that is far outside of the years 1 to 9999.
constexpr int64_t kMostDigitsOfSeconds = 12;
constexpr int kFractionDigits = 9;

absl::Status NoTime() {
  return absl::InvalidArgumentError(
      "must be a time: a number of seconds, milliseconds, microseconds or nanoseconds since 1970, an RFC 3339 text, or "
      "YYYY-MM-DD");
}

absl::StatusOr<absl::Time> IfItFits(absl::Time time) {
  if (!FitsTimestamp(time)) return absl::InvalidArgumentError("must be a time in the years 1 to 9999");
  return time;
}

// Which power of ten of the number is a second.
int PowerOfSecond(const Decimal& number) {
  if (number.whole_digits() <= 11) return 0;
  if (number.whole_digits() <= 14) return 3;
  if (number.whole_digits() <= 17) return 6;
  return 9;
}

absl::StatusOr<absl::Time> TimeOfNumber(const Decimal& number) {
  const int second = PowerOfSecond(number);
  if (number.whole_digits() - second > kMostDigitsOfSeconds) return IfItFits(absl::InfiniteFuture());
  const absl::Duration magnitude =
      absl::Seconds(static_cast<int64_t>(number.Digits(number.whole_digits() - 1, second))) +
      absl::Nanoseconds(static_cast<int64_t>(number.Digits(second - 1, second - kFractionDigits)));
  if (!number.negative()) return IfItFits(absl::UnixEpoch() + magnitude);
  const bool has_finer = number.HasDigitsBelow(second - kFractionDigits);
  return IfItFits(absl::UnixEpoch() - magnitude - absl::Nanoseconds(has_finer ? 1 : 0));
}

// Takes parts off the front of a text of a fixed form. Each Take... returns false, and takes nothing of use, where the
// text goes on otherwise.
class Reader {
 public:
  explicit Reader(absl::string_view text) : text_(text) {}

  bool AtEnd() const { return text_.empty(); }

  bool TakeOneOf(absl::string_view characters) {
    if (text_.empty() || characters.find(text_.front()) == absl::string_view::npos) return false;
    text_.remove_prefix(1);
    return true;
  }

  // Exactly `size` digits, of a number of `most` at most.
  bool TakeNumber(size_t size, int most, int* number) {
    if (text_.size() < size) return false;
    *number = 0;
    for (char c : text_.substr(0, size)) {
      if (!absl::ascii_isdigit(c)) return false;
      *number = *number * 10 + (c - '0');
    }
    text_.remove_prefix(size);
    return *number <= most;
  }

  // The digits of a fraction of a second.
  bool TakeFraction(absl::Duration* fraction) {
    int digits = 0;
    int64_t nanos = 0;
    for (; !text_.empty() && absl::ascii_isdigit(text_.front()); text_.remove_prefix(1)) {
      if (++digits > kFractionDigits) return false;
      nanos = nanos * 10 + (text_.front() - '0');
    }
    if (digits == 0) return false;
    for (; digits < kFractionDigits; ++digits) nanos *= 10;
    *fraction = absl::Nanoseconds(nanos);
    return true;
  }

  bool TakeDate(absl::CivilDay* day) {
    int y = 0, m = 0, d = 0;
    if (!TakeNumber(4, 9999, &y) || !TakeOneOf("-") || !TakeNumber(2, 12, &m) || !TakeOneOf("-") ||
        !TakeNumber(2, 31, &d)) {
      return false;
    }
    *day = absl::CivilDay(y, m, d);  // Makes a day of 02-30 that is in March.
    return day->month() == m && day->day() == d;
  }

  // 60 seconds are a leap second, which becomes the next one.
  bool TakeTimeOfDay(absl::Duration* time) {
    int h = 0, m = 0, s = 0;
    if (!TakeNumber(2, 23, &h) || !TakeOneOf(":") || !TakeNumber(2, 59, &m) || !TakeOneOf(":") ||
        !TakeNumber(2, 60, &s)) {
      return false;
    }
    absl::Duration fraction;
    if (TakeOneOf(".") && !TakeFraction(&fraction)) return false;
    *time = absl::Hours(h) + absl::Minutes(m) + absl::Seconds(s) + fraction;
    return true;
  }

  // What is to be taken off the local time; nothing stands for UTC.
  bool TakeZone(absl::Duration* offset) {
    *offset = absl::ZeroDuration();
    if (AtEnd() || TakeOneOf("Zz")) return true;
    const bool west = TakeOneOf("-");
    if (!west && !TakeOneOf("+")) return false;
    int h = 0, m = 0;
    if (!TakeNumber(2, 23, &h)) return false;
    TakeOneOf(":");
    if (!TakeNumber(2, 59, &m)) return false;
    *offset = (absl::Hours(h) + absl::Minutes(m)) * (west ? -1 : 1);
    return true;
  }

 private:
  absl::string_view text_;
};

absl::StatusOr<absl::Time> TimeOfText(absl::string_view text) {
  Reader reader(text);
  absl::CivilDay day;
  if (!reader.TakeDate(&day)) return NoTime();
  const int64_t days = day - absl::CivilDay(1970, 1, 1);
  const absl::Time midnight = absl::UnixEpoch() + absl::Hours(24 * days);
  if (reader.AtEnd()) return IfItFits(midnight);
  absl::Duration time;
  absl::Duration offset;
  if (!reader.TakeOneOf("Tt ") || !reader.TakeTimeOfDay(&time) || !reader.TakeZone(&offset) || !reader.AtEnd()) {
    return NoTime();
  }
  return IfItFits(midnight + time - offset);
}

}  // namespace

absl::StatusOr<absl::Time> ReadTime(const JsonValue& value) {
  const bool is_number = value.kind() == JsonValue::Kind::kNumber;
  if (!is_number && !value.is_string()) return NoTime();
  const absl::optional<Decimal> number = Decimal::Parse(value.text());
  return number.has_value() ? TimeOfNumber(*number) : TimeOfText(value.text());
}

bool IsDate(absl::string_view text) {
  Reader reader(text);
  absl::CivilDay day;
  return reader.TakeDate(&day) && reader.AtEnd() && day.year() > 0;
}

}  // namespace ampstream
