#include "server/amplitude/number_text.h"

#include <limits>
#include <system_error>

#include "absl/strings/ascii.h"
#include "absl/strings/charconv.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace ampstream {
namespace {

// Up to here a double holds every integer.
constexpr size_t kDigitsOfAnyDouble = 15;
// Any exponent beyond it is as good as this one: a text that could balance it has more bytes than a body may have.
constexpr int64_t kExponentCap = int64_t{1} << 40;

// Takes the digits at the text's beginning off it.
absl::string_view TakeDigits(absl::string_view* text) {
  size_t size = 0;
  while (size < text->size() && absl::ascii_isdigit((*text)[size])) ++size;
  const absl::string_view digits = text->substr(0, size);
  text->remove_prefix(size);
  return digits;
}

bool Take(char c, absl::string_view* text) {
  if (text->empty() || text->front() != c) return false;
  text->remove_prefix(1);
  return true;
}

// The parts of a JSON number.
struct Parts {
  bool negative = false;
  absl::string_view whole;
  absl::string_view fraction;
  absl::string_view exponent;  // With its sign.
};

bool TakeExponent(absl::string_view* text, absl::string_view* exponent) {
  absl::string_view rest = *text;
  if (!Take('-', &rest)) Take('+', &rest);
  if (TakeDigits(&rest).empty()) return false;
  *exponent = text->substr(0, text->size() - rest.size());
  *text = rest;
  return true;
}

bool Split(absl::string_view text, Parts* parts) {
  parts->negative = Take('-', &text);
  parts->whole = TakeDigits(&text);
  if (parts->whole.empty() || (parts->whole.size() > 1 && parts->whole.front() == '0')) return false;
  if (Take('.', &text)) {
    parts->fraction = TakeDigits(&text);
    if (parts->fraction.empty()) return false;
  }
  if (Take('e', &text) || Take('E', &text)) {
    if (!TakeExponent(&text, &parts->exponent)) return false;
  }
  return text.empty();
}

}  // namespace

absl::optional<Decimal> Decimal::Parse(absl::string_view text) {
  Parts parts;
  if (!Split(text, &parts)) return absl::nullopt;
  Decimal decimal;
  decimal.negative_ = parts.negative;
  decimal.whole_ = parts.whole;
  decimal.fraction_ = parts.fraction;
  decimal.SetExponent(parts.exponent);
  decimal.FindEnds();
  return decimal;
}

void Decimal::SetExponent(absl::string_view text) {
  const bool negative = Take('-', &text);
  Take('+', &text);
  int64_t exponent = 0;
  for (char digit : text) {
    exponent = exponent * 10 + (digit - '0');
    if (exponent > kExponentCap) exponent = kExponentCap;
  }
  point_ = static_cast<int64_t>(whole_.size()) + (negative ? -exponent : exponent);
}

void Decimal::FindEnds() {
  const int64_t size = whole_.size() + fraction_.size();
  while (first_ < size && DigitAt(first_) == '0') ++first_;
  zero_ = first_ == size;
  if (zero_) return;
  last_ = size - 1;
  while (DigitAt(last_) == '0') --last_;
}

char Decimal::DigitAt(int64_t index) const {
  const int64_t whole = whole_.size();
  return index < whole ? whole_[index] : fraction_[index - whole];
}

uint64_t Decimal::Digits(int64_t high, int64_t low) const {
  uint64_t value = 0;
  for (int64_t power = high; power >= low; --power) {
    const int64_t index = point_ - 1 - power;
    value *= 10;
    if (!zero_ && index >= first_ && index <= last_) value += DigitAt(index) - '0';
  }
  return value;
}

absl::optional<int64_t> Decimal::ToInt64() const {
  constexpr uint64_t kMost = std::numeric_limits<int64_t>::max();
  if (whole_digits() > 19 || HasDigitsBelow(0)) return absl::nullopt;
  const uint64_t magnitude = Digits(whole_digits() - 1, 0);
  if (magnitude > kMost + (negative_ ? 1 : 0)) return absl::nullopt;
  return static_cast<int64_t>(negative_ ? 0 - magnitude : magnitude);
}

bool IsJsonNumber(absl::string_view text) {
  Parts parts;
  return Split(text, &parts);
}

bool UngroupDigits(absl::string_view text, std::string* number) {
  number->clear();
  if (Take('-', &text)) number->push_back('-');
  absl::string_view digits = TakeDigits(&text);
  if (digits.empty() || digits.size() > 3 || text.empty() || text.front() != ',') return false;
  absl::StrAppend(number, digits);
  while (Take(',', &text)) {
    digits = TakeDigits(&text);
    if (digits.size() != 3) return false;
    absl::StrAppend(number, digits);
  }
  absl::StrAppend(number, text);
  return IsJsonNumber(*number);
}

absl::optional<double> ToDouble(absl::string_view number) {
  double value = 0;
  const absl::from_chars_result result = absl::from_chars(number.data(), number.data() + number.size(), value);
  if (result.ec != std::errc() || result.ptr != number.data() + number.size()) return absl::nullopt;
  return value;
}

bool IsIntegerBeyondDouble(absl::string_view number) {
  absl::string_view digits = number;
  Take('-', &digits);
  if (digits.size() <= kDigitsOfAnyDouble) return false;
  if (digits.find_first_not_of("0123456789") != absl::string_view::npos) return false;
  const absl::optional<double> value = ToDouble(digits);
  return !value.has_value() || absl::StrFormat("%.0f", *value) != digits;
}

}  // namespace ampstream
