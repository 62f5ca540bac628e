#include "server/admin/metrics.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ampstream {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(MetricsTest, NamesWhatItCounts) {
  const std::string text = MetricsText(Metrics());
  EXPECT_THAT(text, HasSubstr("# HELP ampstream_unread_fields_total "));
  EXPECT_THAT(text, HasSubstr("# TYPE ampstream_unread_fields_total counter\n"));
  EXPECT_THAT(text, Not(HasSubstr("{")));
}

TEST(MetricsTest, CountsEachSourceForItself) {
  Metrics metrics;
  metrics.unread_fields = {{"shop", 0}, {"web", 9007199254740991}};
  const std::string text = MetricsText(metrics);
  EXPECT_THAT(text, HasSubstr("ampstream_unread_fields_total{source=\"shop\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("ampstream_unread_fields_total{source=\"web\"} 9007199254740991\n"));
}

}  // namespace
}  // namespace ampstream
