#include "client/cli/printable.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace ampstream {
namespace {

constexpr size_t kLongestValue = 60;

// A C1 control character is U+0080 to U+009F: two bytes in UTF-8.
bool IsC1(absl::string_view text, size_t i) {
  return text[i] == '\xc2' && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) >= 0x80 &&
         static_cast<unsigned char>(text[i + 1]) < 0xa0;
}

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

std::string Escaped(unsigned char c) {
  switch (c) {
    case '\n':
      return "\\n";
    case '\r':
      return "\\r";
    case '\t':
      return "\\t";
    default:
      return absl::StrFormat("\\x%02x", c);
  }
}

}  // namespace

std::string Printable(absl::string_view text) {
  std::string printable;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c < 0x20 || c == 0x7f) {
      printable += Escaped(c);
    } else if (IsC1(text, i)) {
      printable += Escaped(static_cast<unsigned char>(text[++i]));
    } else {
      printable += text[i];
    }
  }
  return printable;
}

std::string Shortened(absl::string_view text, size_t longest) {
  if (text.size() <= longest) return Printable(text);
  while (longest > 0 && IsContinuation(text[longest])) --longest;
  return absl::StrCat(Printable(text.substr(0, longest)), "...");
}

std::string Value(absl::string_view text) {
  std::string value = Shortened(text, kLongestValue);
  if (!value.empty() && value.find_first_of(" \"=") == std::string::npos) return value;
  std::string quoted = "\"";
  for (const char c : value) {
    if (c == '"') quoted += '\\';
    quoted += c;
  }
  return quoted + "\"";
}

}  // namespace ampstream
