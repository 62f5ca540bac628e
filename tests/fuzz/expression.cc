// An expression is taken or refused with a place; what is taken means the same in its normal form, whatever the bytes
// that it is asked of.

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/filter/expression_matcher.h"
#include "tests/fuzz/check.h"

namespace ampstream {
namespace {

using Matcher = std::shared_ptr<const ExpressionMatcher>;

// The bytes up to the first zero are an expression, the others an encoded event, which may be damaged.
void TestOne(absl::string_view bytes) {
  const size_t end = std::min(bytes.find('\0'), bytes.size());
  const absl::string_view event = bytes.substr(std::min(end + 1, bytes.size()));
  const absl::StatusOr<Matcher> matcher = ExpressionMatcher::Compile(bytes.substr(0, end), ExpressionLimits());
  if (!matcher.ok()) {
    AMPSTREAM_FUZZ_CHECK(absl::IsInvalidArgument(matcher.status()));
    AMPSTREAM_FUZZ_CHECK(!matcher.status().message().empty());
    return;
  }
  ExpressionLimits wide;  // Quotes and escapes may make it longer.
  wide.max_bytes *= 4;
  const absl::StatusOr<Matcher> normal = ExpressionMatcher::Compile((*matcher)->normalized(), wide);
  AMPSTREAM_FUZZ_CHECK(normal.ok());
  AMPSTREAM_FUZZ_CHECK((*normal)->normalized() == (*matcher)->normalized());
  AMPSTREAM_FUZZ_CHECK((*normal)->Matches(event) == (*matcher)->Matches(event));
}

}  // namespace
}  // namespace ampstream

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  ampstream::TestOne({reinterpret_cast<const char*>(data), size});
  return 0;
}
