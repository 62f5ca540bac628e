#include "server/ingress/trace_parent.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace ampstream {
namespace {

bool IsLowerHex(absl::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return absl::ascii_isdigit(c) || (c >= 'a' && c <= 'f'); });
}

bool IsId(absl::string_view text) { return IsLowerHex(text) && text.find_first_not_of('0') != absl::string_view::npos; }

}  // namespace

bool IsTraceParent(absl::string_view text) {
  // 00-<32 digits of trace id>-<16 digits of parent id>-<2 digits of flags>
  return text.size() == 55 && absl::StartsWith(text, "00-") && text[35] == '-' && text[52] == '-' &&
         IsId(text.substr(3, 32)) && IsId(text.substr(36, 16)) && IsLowerHex(text.substr(53));
}

}  // namespace ampstream
