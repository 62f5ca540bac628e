#include "tests/benchmarks/compare/publishers.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ampstream {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::Ge;
using ::testing::HasSubstr;
using ::testing::SizeIs;

// A line a batch, answered by a line.
class Lines final : public PublishProtocol {
 public:
  std::string Request(int connection, const EventBatch& batch) const override {
    return absl::StrCat(connection, ":", batch.first, "\n");
  }
  int64_t AnswersTo(const EventBatch&) const override { return 1; }
  absl::StatusOr<int64_t> Answers(absl::string_view received, size_t* done) const override {
    *done = received.find('\n') == absl::string_view::npos ? 0 : received.find('\n') + 1;
    if (*done > 0 && received[0] == '-') return absl::InternalError("refused");
    return *done > 0 ? 1 : 0;
  }
  bool pipelined() const override { return false; }
};

// A server of one connection, which answers each line it gets with one of its own, and keeps what came.
class LineServer {
 public:
  explicit LineServer(std::string answer) : listener_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(listener_, 1), 0);
    EXPECT_EQ(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this, answer = std::move(answer)] { Serve(answer); });
  }

  // What came, once the connection is closed.
  std::string Received() {
    thread_.join();
    close(listener_);
    return received_;
  }

  int port() const { return port_; }

 private:
  void Serve(const std::string& answer) {
    const int fd = accept(listener_, nullptr, nullptr);
    for (char one = 0; read(fd, &one, 1) == 1;) {
      received_ += one;
      if (one != '\n') continue;
      EXPECT_EQ(write(fd, answer.data(), answer.size()), static_cast<ssize_t>(answer.size()));
    }
    close(fd);
  }

  const int listener_;
  int port_ = 0;
  std::string received_;
  std::thread thread_;
};

TEST(PublishersTest, SendAllThatIsPreparedInOrder) {
  const Lines lines;
  LineServer server("+\n");
  auto publishers = Publishers::Connect(lines, server.port(), 1);
  ASSERT_TRUE(publishers.ok()) << publishers.status();
  for (int64_t i = 0; i < 3; ++i) (*publishers)->Prepare({i});
  EXPECT_EQ((*publishers)->SendAll(), absl::OkStatus());
  (*publishers)->Prepare({3});
  EXPECT_EQ((*publishers)->SendAll(), absl::OkStatus());
  publishers->reset();
  EXPECT_EQ(server.Received(), "0:0\n0:1\n0:2\n0:3\n");
}

TEST(PublishersTest, SendNothingBeforeItsTime) {
  const Lines lines;
  LineServer server("+\n");
  auto publishers = Publishers::Connect(lines, server.port(), 1);
  ASSERT_TRUE(publishers.ok()) << publishers.status();
  for (const int64_t time_us : {0, 5000, 130000}) (*publishers)->Prepare({0, 1, time_us});
  const absl::Time start = absl::Now();
  const auto late_us = (*publishers)->SendOnTime(start);
  ASSERT_TRUE(late_us.ok()) << late_us.status();
  EXPECT_GE(absl::Now(), start + absl::Milliseconds(130));
  EXPECT_THAT(*late_us, AllOf(SizeIs(3), Each(Ge(0))));
  publishers->reset();
  EXPECT_EQ(server.Received(), "0:0\n0:0\n0:0\n");
}

TEST(PublishersTest, TellWhatTheServerRefused) {
  const Lines lines;
  LineServer server("-\n");
  auto publishers = Publishers::Connect(lines, server.port(), 1);
  ASSERT_TRUE(publishers.ok()) << publishers.status();
  (*publishers)->Prepare({0});
  EXPECT_THAT((*publishers)->SendAll().ToString(), HasSubstr("refused"));
  publishers->reset();
  EXPECT_EQ(server.Received(), "0:0\n");
}

}  // namespace
}  // namespace ampstream
