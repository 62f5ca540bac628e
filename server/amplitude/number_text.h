#ifndef AMPSTREAM_SERVER_AMPLITUDE_NUMBER_TEXT_H_
#define AMPSTREAM_SERVER_AMPLITUDE_NUMBER_TEXT_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

// Numbers as JSON writes them (RFC 8259 §6), read exactly: by their digits, not through a double.
namespace ampstream {

// A number's exact value, of any size. Holds views of the text, which must outlive it. A value.
class Decimal {
 public:
  // Nothing where the text is not a JSON number: `01`, `1.`, `+1`, `NaN`, an empty one.
  static absl::optional<Decimal> Parse(absl::string_view text);

  bool negative() const { return negative_; }

  // How many digits stand before the decimal point, leading zeros not counted: 3 for 123.4; 0 or less below 1. 0 for
  // zero.
  int64_t whole_digits() const { return zero_ ? 0 : point_ - first_; }

  // The digits of the powers of ten from `high` down to `low`, as one number: 234 for Digits(2, 0) of 1234.5. At most
  // 19 of them; none where high is below low.
  uint64_t Digits(int64_t high, int64_t low) const;

  // Whether there is a digit other than 0 below the power of ten.
  bool HasDigitsBelow(int64_t power) const { return !zero_ && point_ - 1 - last_ < power; }

  // The value, if it is an integer of 64 bits: 42, 42.0, 4.2e1.
  absl::optional<int64_t> ToInt64() const;

 private:
  void SetExponent(absl::string_view text);
  void FindEnds();
  char DigitAt(int64_t index) const;

  absl::string_view whole_;
  absl::string_view fraction_;
  bool negative_ = false;
  bool zero_ = true;
  // Indexes into the digits of whole_ and fraction_ in one: where the decimal point is once the exponent has moved it,
  // and the first and the last digit that is not 0.
  int64_t point_ = 0;
  int64_t first_ = 0;
  int64_t last_ = 0;
};

// Whether the text is a JSON number.
bool IsJsonNumber(absl::string_view text);

// Writes a number whose digits are grouped in threes by commas, as templates print them for people, without the commas:
// `3,000,000` and `-1,234.5` as a JSON number. False: it is none that is grouped, such as `3,14`.
bool UngroupDigits(absl::string_view text, std::string* number);

// The double next to a JSON number; nothing where it is beyond what a double holds: 1e400, and 1e-400, which would
// become 0.
absl::optional<double> ToDouble(absl::string_view number);

// Whether a JSON number is written as an integer that a double cannot hold exactly: 9007199254740993.
bool IsIntegerBeyondDouble(absl::string_view number);

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_AMPLITUDE_NUMBER_TEXT_H_
