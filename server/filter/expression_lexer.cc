#include "server/filter/expression_lexer.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/base/status_macros.h"
#include "server/base/utf8.h"

namespace ampstream {
namespace {

constexpr size_t kMaxShown = 40;

bool IsWordCharacter(char c) { return absl::ascii_isalnum(c) || c == '_'; }

size_t DigitsAt(absl::string_view text) {
  return static_cast<size_t>(std::find_if_not(text.begin(), text.end(), absl::ascii_isdigit) - text.begin());
}

// How long the number is that the text begins with, which is a digit: digits, a fraction, an exponent.
size_t NumberSize(absl::string_view text) {
  size_t size = DigitsAt(text);
  if (size + 1 < text.size() && text[size] == '.' && absl::ascii_isdigit(text[size + 1]))
    size += 1 + DigitsAt(text.substr(size + 1));
  if (size < text.size() && (text[size] == 'e' || text[size] == 'E')) {
    const bool has_sign = size + 1 < text.size() && (text[size + 1] == '+' || text[size + 1] == '-');
    const size_t digits = DigitsAt(text.substr(std::min(text.size(), size + 1 + (has_sign ? 1 : 0))));
    if (digits > 0) size += 1 + (has_sign ? 1 : 0) + digits;
  }
  return size;
}

}  // namespace

absl::Status SyntaxError(size_t column, absl::string_view found, absl::string_view expected) {
  return absl::InvalidArgumentError(absl::StrCat("column ", column, ": found ", found, ", expected ", expected));
}

std::string Token::Found() const {
  if (kind == Kind::kEnd) return "the end";
  if (written.size() <= kMaxShown) return std::string(written);
  size_t size = 0;
  while (size < kMaxShown) size += std::max<size_t>(1, Utf8Size(written.substr(size)));
  return absl::StrCat(written.substr(0, size), "...");
}

void ExpressionLexer::Pass(size_t size) {
  const absl::string_view passed = rest_.substr(0, size);
  column_ += static_cast<size_t>(std::count_if(passed.begin(), passed.end(),
                                               [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
  rest_.remove_prefix(passed.size());
}

void ExpressionLexer::SkipBlanks() {
  while (!rest_.empty() && absl::ascii_isspace(rest_[0])) Pass(1);
}

Token ExpressionLexer::Take(Token::Kind kind, size_t size) {
  Token token;
  token.kind = kind;
  token.written = rest_.substr(0, size);
  token.column = column_;
  Pass(size);
  return token;
}

absl::StatusOr<Token> ExpressionLexer::Next() {
  SkipBlanks();
  if (rest_.empty()) return Take(Token::Kind::kEnd, 0);
  const char first = rest_[0];
  if (first == '"' || first == '\'') return NextString();
  if (absl::ascii_isdigit(first)) return Take(Token::Kind::kNumber, NumberSize(rest_));
  if (IsWordCharacter(first)) {
    const auto end = std::find_if_not(rest_.begin(), rest_.end(), IsWordCharacter);
    return Take(Token::Kind::kWord, static_cast<size_t>(end - rest_.begin()));
  }
  for (const absl::string_view symbol : {"!=", "<=", ">=", "=", "<", ">", ":", "(", ")", "-", ".", "*"}) {
    if (absl::StartsWith(rest_, symbol)) return Take(Token::Kind::kSymbol, symbol.size());
  }
  const size_t column = column_;
  return SyntaxError(column, Take(Token::Kind::kSymbol, std::max<size_t>(1, Utf8Size(rest_))).Found(),
                     "a path, a value, or one of = != < <= > >= : ( ) -");
}

absl::StatusOr<Token> ExpressionLexer::NextString() {
  const absl::string_view start = rest_;
  Token token;
  token.kind = Token::Kind::kString;
  token.column = column_;
  const char quote = rest_[0];
  bool ends_in_star = false;
  for (Pass(1); !rest_.empty() && rest_[0] != quote;) {
    ends_in_star = rest_[0] == '*';
    if (rest_[0] == '\\') {
      AMPSTREAM_RETURN_IF_ERROR(TakeEscape(&token.text));
    } else {
      token.text += rest_[0];
      Pass(1);
    }
  }
  if (rest_.empty())
    return SyntaxError(token.column, "a text that does not end", absl::StrCat("a closing ", std::string(1, quote)));
  Pass(1);
  token.written = start.substr(0, start.size() - rest_.size());
  token.is_prefix = ends_in_star;
  if (ends_in_star) token.text.pop_back();
  return token;
}

absl::Status ExpressionLexer::TakeEscape(std::string* text) {
  constexpr absl::string_view kWritten = "\\\"'*nrt";
  constexpr absl::string_view kMeant = "\\\"'*\n\r\t";
  const size_t which = rest_.size() > 1 ? kWritten.find(rest_[1]) : absl::string_view::npos;
  if (which == absl::string_view::npos)
    return SyntaxError(column_, "a \\ in a text", "one of \\\\ \\\" \\' \\* \\n \\r \\t");
  *text += kMeant[which];
  Pass(2);
  return absl::OkStatus();
}

}  // namespace ampstream
