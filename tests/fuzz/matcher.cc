// A matcher asked of bytes that may be a damaged event: it never reads beyond them, and says the same each time.

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/strings/string_view.h"
#include "server/event/event_keys.h"
#include "server/filter/expression_matcher.h"
#include "tests/fuzz/check.h"

namespace ampstream {
namespace {

using Matcher = std::shared_ptr<const ExpressionMatcher>;

// Between them they ask for something of every kind.
const std::vector<Matcher>& Matchers() {
  static const std::vector<Matcher>* const matchers = [] {
    auto* const made = new std::vector<Matcher>();
    for (const char* expression :
         {"id:*", "type = \"events.track\"", "occur_time > \"2026-01-02T03:04:05Z\"", "session_id > 5", "value < 1.5",
          "recipients = \"a*\"", "published = true", "event_properties.a.b > 100", "event_properties:\"a\"",
          "event_properties.\"\" != true", "data = \"x\"", "data.a:*", "metadata.flag_version != 3", "events_track:*",
          "user.user_properties.a.a.a.a = 123456789012345678901234567890"}) {
      made->push_back(*ExpressionMatcher::Compile(expression, ExpressionLimits()));
    }
    return made;
  }();
  return *matchers;
}

}  // namespace
}  // namespace ampstream

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view event(reinterpret_cast<const char*>(data), size);
  for (const ampstream::Matcher& matcher : ampstream::Matchers())
    AMPSTREAM_FUZZ_CHECK(matcher->Matches(event) == matcher->Matches(event));
  ampstream::KeysOf(event);
  return 0;
}
