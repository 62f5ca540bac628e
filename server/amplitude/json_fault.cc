#include "server/amplitude/json_fault.h"

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "server/amplitude/number_text.h"
#include "server/amplitude/translate_error.h"
#include "server/base/utf8.h"

namespace ampstream {
namespace {

constexpr char kEndsEarly[] = "the body ends inside a value";

// Each Read... returns false at the first fault, which it has noted.
class Scanner {
 public:
  Scanner(absl::string_view body, int max_depth) : body_(body), max_depth_(max_depth) {}

  absl::Status Scan() {
    if (ReadBody()) return absl::OkStatus();
    return NotJson(fault_, why_);
  }

 private:
  bool ReadBody();
  bool ReadValue(int depth);
  bool ReadArray(int depth);
  bool ReadObject(int depth);
  bool ReadMember(int depth);
  bool ReadString();
  bool ReadEscape();
  bool ReadSurrogates(size_t start);
  bool ReadUnit(uint32_t* unit);
  bool ReadLiteral();
  bool Enter(int depth);

  void SkipBlanks() {
    while (at_ < body_.size() && absl::StrContains(" \t\r\n", body_[at_])) ++at_;
  }
  // The byte at the present place; 0 at the end.
  char Peek() const { return at_ < body_.size() ? body_[at_] : '\0'; }
  bool Take(char c) {
    if (at_ == body_.size() || body_[at_] != c) return false;
    ++at_;
    return true;
  }
  bool Fault(size_t offset, absl::string_view why) {
    fault_ = offset;
    why_ = std::string(offset < body_.size() ? why : kEndsEarly);
    return false;
  }

  const absl::string_view body_;
  const int max_depth_;
  size_t at_ = 0;
  size_t fault_ = 0;
  std::string why_;
};

bool Scanner::ReadBody() {
  if (absl::StartsWith(body_, "\xef\xbb\xbf")) return Fault(0, "a byte order mark, which JSON has not");
  SkipBlanks();
  if (at_ == body_.size()) {
    fault_ = at_;
    why_ = "the body is empty";
    return false;
  }
  if (Peek() != '{' && Peek() != '[') return Fault(at_, "expected an object or an array");
  if (!ReadValue(1)) return false;
  SkipBlanks();
  return at_ == body_.size() || Fault(at_, "expected nothing after the value");
}

// `depth` is what an array or object at this place would have.
bool Scanner::ReadValue(int depth) {
  SkipBlanks();
  switch (Peek()) {
    case '{':
      return Enter(depth) && ReadObject(depth);
    case '[':
      return Enter(depth) && ReadArray(depth);
    case '"':
      return ReadString();
    default:
      return ReadLiteral();
  }
}

bool Scanner::Enter(int depth) {
  if (depth > max_depth_) return Fault(at_, absl::StrCat("nested deeper than ", max_depth_, " levels"));
  ++at_;
  SkipBlanks();
  return true;
}

bool Scanner::ReadArray(int depth) {
  if (Take(']')) return true;
  while (ReadValue(depth + 1)) {
    SkipBlanks();
    if (Take(']')) return true;
    if (!Take(',')) return Fault(at_, "expected ',' or ']'");
  }
  return false;
}

bool Scanner::ReadObject(int depth) {
  if (Take('}')) return true;
  while (ReadMember(depth)) {
    SkipBlanks();
    if (Take('}')) return true;
    if (!Take(',')) return Fault(at_, "expected ',' or '}'");
  }
  return false;
}

bool Scanner::ReadMember(int depth) {
  SkipBlanks();
  if (Peek() != '"') return Fault(at_, "expected a key, a string");
  if (!ReadString()) return false;
  SkipBlanks();
  if (!Take(':')) return Fault(at_, "expected ':'");
  return ReadValue(depth + 1);
}

bool Scanner::ReadString() {
  ++at_;
  while (at_ < body_.size()) {
    if (Take('"')) return true;
    if (Peek() == '\\') {
      if (!ReadEscape()) return false;
      continue;
    }
    if (static_cast<uint8_t>(Peek()) < 0x20) return Fault(at_, "a control character that is not escaped");
    const size_t size = Utf8Size(body_.substr(at_));
    if (size == 0) return Fault(at_, "not UTF-8");
    at_ += size;
  }
  return Fault(at_, kEndsEarly);
}

bool Scanner::ReadEscape() {
  const size_t start = at_++;
  if (at_ == body_.size()) return Fault(at_, kEndsEarly);
  if (Take('u')) return ReadSurrogates(start);
  if (Peek() == '\0' || !absl::StrContains("\"\\/bfnrt", Peek())) return Fault(start, "an escape that JSON has not");
  ++at_;
  return true;
}

// After `\u`: one UTF-16 unit, and the second of a pair.
bool Scanner::ReadSurrogates(size_t start) {
  uint32_t unit = 0;
  if (!ReadUnit(&unit)) return Fault(start, "an escape without four hexadecimal digits");
  if (unit < 0xd800 || unit > 0xdfff) return true;
  uint32_t second = 0;
  const bool paired = unit <= 0xdbff && Take('\\') && Take('u') && ReadUnit(&second);
  if (paired && second >= 0xdc00 && second <= 0xdfff) return true;
  return Fault(start, "half of a surrogate pair");
}

bool Scanner::ReadUnit(uint32_t* unit) {
  if (body_.size() - at_ < 4 || !absl::SimpleHexAtoi(body_.substr(at_, 4), unit)) return false;
  for (char c : body_.substr(at_, 4)) {
    if (!absl::ascii_isxdigit(c)) return false;
  }
  at_ += 4;
  return true;
}

bool Scanner::ReadLiteral() {
  const size_t start = at_;
  while (at_ < body_.size() && !absl::StrContains(" \t\r\n,:[]{}\"", body_[at_])) ++at_;
  const absl::string_view token = body_.substr(start, at_ - start);
  if (token == "true" || token == "false" || token == "null" || IsJsonNumber(token)) return true;
  const bool like_number = !token.empty() && (token[0] == '-' || absl::ascii_isdigit(token[0]));
  return Fault(start, like_number ? "a number that is not JSON's" : "expected a value");
}

}  // namespace

absl::Status FindJsonFault(absl::string_view body, int max_depth) { return Scanner(body, max_depth).Scan(); }

}  // namespace ampstream
