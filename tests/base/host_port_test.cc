#include "server/base/host_port.h"

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ampstream {
namespace {

using ::testing::HasSubstr;

void ExpectParsed(const char* text, const char* host, int port) {
  const absl::StatusOr<HostPort> address = HostPort::Parse(text);
  ASSERT_TRUE(address.ok()) << address.status();
  EXPECT_EQ(address->host, host);
  EXPECT_EQ(address->port, port);
  EXPECT_EQ(address->ToString(), text);
}

TEST(HostPortTest, ReadsNamesAndAddresses) {
  ExpectParsed("127.0.0.1:8080", "127.0.0.1", 8080);
  ExpectParsed("localhost:0", "localhost", 0);
  ExpectParsed("[::1]:50051", "::1", 50051);
  ExpectParsed("0.0.0.0:65535", "0.0.0.0", 65535);
}

TEST(HostPortTest, RefusesWhatIsNoAddressAndRepeatsIt) {
  for (const char* text : {"", ":", "host", "host:", ":80", "8080", "host:65536", "host:99999999999", "host:-1",
                           "host:+1", "host: 1", "host:1 ", "host:0x1", "::1:80", "[]:80", "[::1]", "[::1]80"}) {
    const absl::Status status = HostPort::Parse(text).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_THAT(std::string(status.message()), HasSubstr(text));
  }
}

TEST(HostPortTest, RefusesBracketsThatDoNotPair) {
  for (const char* text : {"[host:80", "host]:80", "[::1:80", "[[::1]]:80", "[a]b]:80", "[]]:80"}) {
    EXPECT_FALSE(HostPort::Parse(text).ok()) << text;
  }
}

TEST(HostPortTest, KnowsWhatOnlyThisMachineCanReach) {
  for (const char* text : {"127.0.0.1:1", "127.8.9.10:1", "localhost:1", "[::1]:1"}) {
    EXPECT_TRUE(HostPort::Parse(text)->IsLoopback()) << text;
  }
  for (const char* text : {"0.0.0.0:1", "[::]:1", "10.0.0.1:1", "128.0.0.1:1", "example.com:1"}) {
    EXPECT_FALSE(HostPort::Parse(text)->IsLoopback()) << text;
  }
}

}  // namespace
}  // namespace ampstream
