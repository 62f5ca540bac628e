#include "server/rpc/gathered_writes.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace ampstream {
namespace {

class GatheredWritesTest : public ::testing::Test {
 protected:
  ~GatheredWritesTest() override {
    close(first_);
    close(second_);
  }

  static bool IsCorked(int socket) {
    int corked = 0;
    socklen_t size = sizeof(corked);
    EXPECT_EQ(getsockopt(socket, IPPROTO_TCP, TCP_CORK, &corked, &size), 0);
    return corked != 0;
  }

  const int first_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int second_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
};

TEST_F(GatheredWritesTest, HoldsBackFromTheSecondWriteToASocketUntilItsEnd) {
  {
    const GatheredWrites gathered;
    GatheredWrites::OnWrite(first_);
    GatheredWrites::OnWrite(second_);
    EXPECT_FALSE(IsCorked(first_));
    GatheredWrites::OnWrite(first_);
    GatheredWrites::OnWrite(first_);
    EXPECT_TRUE(IsCorked(first_));
    EXPECT_FALSE(IsCorked(second_));
  }
  EXPECT_FALSE(IsCorked(first_));
}

TEST_F(GatheredWritesTest, HoldsNothingBackWhereNothingIsGathered) {
  { const GatheredWrites gathered; }
  GatheredWrites::OnWrite(first_);
  GatheredWrites::OnWrite(first_);
  EXPECT_FALSE(IsCorked(first_));
}

}  // namespace
}  // namespace ampstream
