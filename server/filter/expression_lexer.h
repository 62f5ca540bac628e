#ifndef AMPSTREAM_SERVER_FILTER_EXPRESSION_LEXER_H_
#define AMPSTREAM_SERVER_FILTER_EXPRESSION_LEXER_H_

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace ampstream {

// INVALID_ARGUMENT: `column COLUMN: found FOUND, expected EXPECTED`.
absl::Status SyntaxError(size_t column, absl::string_view found, absl::string_view expected);

// The smallest piece of an expression.
struct Token {
  enum class Kind { kEnd, kWord, kNumber, kString, kSymbol };

  Kind kind = Kind::kEnd;
  absl::string_view written;  // As it stands in the expression.
  std::string text;           // Of a string: without quotes and escapes.
  bool is_prefix = false;     // Of a string: it ended in a `*`, which is not in the text.
  size_t column = 1;          // In characters, from 1 on.

  bool Is(absl::string_view symbol) const { return kind == Kind::kSymbol && written == symbol; }
  bool IsWord(absl::string_view word) const { return kind == Kind::kWord && written == word; }

  // For an error: `the end`, or what is written, cut to a length.
  std::string Found() const;
};

// Cuts an expression, which must be UTF-8, into tokens. Thread-compatible.
class ExpressionLexer {
 public:
  explicit ExpressionLexer(absl::string_view expression) : rest_(expression) {}

  // The next one; at the end kEnd, again and again. INVALID_ARGUMENT: as of SyntaxError.
  absl::StatusOr<Token> Next();

 private:
  void SkipBlanks();
  absl::StatusOr<Token> NextString();
  absl::Status TakeEscape(std::string* text);
  Token Take(Token::Kind kind, size_t size);
  void Pass(size_t size);

  absl::string_view rest_;
  size_t column_ = 1;
};

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_FILTER_EXPRESSION_LEXER_H_
