#include "server/ingress/trace_parent.h"

#include <string>

#include "absl/strings/string_view.h"
#include "gtest/gtest.h"

namespace ampstream {
namespace {

// The example of https://www.w3.org/TR/trace-context/#examples-of-http-traceparent-headers.
constexpr absl::string_view kExample = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

TEST(TraceParentTest, TakesVersion00) {
  EXPECT_TRUE(IsTraceParent(kExample));
  EXPECT_TRUE(IsTraceParent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"));
  EXPECT_TRUE(IsTraceParent("00-00000000000000000000000000000001-0000000000000001-ff"));
}

TEST(TraceParentTest, RefusesIdsOfZerosOnly) {
  EXPECT_FALSE(IsTraceParent("00-00000000000000000000000000000000-00f067aa0ba902b7-01"));
  EXPECT_FALSE(IsTraceParent("00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01"));
}

TEST(TraceParentTest, RefusesOtherVersions) {
  EXPECT_FALSE(IsTraceParent("01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"));
  EXPECT_FALSE(IsTraceParent("ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"));
}

TEST(TraceParentTest, RefusesEveryOtherLength) {
  for (size_t size = 0; size < kExample.size(); ++size) EXPECT_FALSE(IsTraceParent(kExample.substr(0, size))) << size;
  EXPECT_FALSE(IsTraceParent(std::string(kExample) + "-what-may-be-in-a-later-version"));
  EXPECT_FALSE(IsTraceParent(std::string(kExample) + " "));
}

TEST(TraceParentTest, RefusesAnyCharacterThatIsNotInItsPlace) {
  for (size_t i = 0; i < kExample.size(); ++i) {
    // A dash among digits, and whatever is no lower-case hex digit.
    for (const char wrong : {kExample[i] == '-' ? '0' : '-', 'A', 'g', ' ', '\0'}) {
      std::string text(kExample);
      text[i] = wrong;
      EXPECT_FALSE(IsTraceParent(text)) << i << " " << wrong;
    }
  }
}

}  // namespace
}  // namespace ampstream
