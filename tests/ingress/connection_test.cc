#include "server/ingress/connection.h"

#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <thread>

#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace ampstream {
namespace {

constexpr absl::Duration kLong = absl::Seconds(20);

// A connection, and the peer's end of its socket.
class ConnectionTest : public testing::Test {
 protected:
  // SOCK_SEQPACKET keeps apart what was sent apart.
  void Open(int type = SOCK_STREAM) {
    int fds[2];
    ASSERT_EQ(socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, fds), 0);
    peer_ = fds[1];
    const timeval time = {20, 0};
    setsockopt(peer_, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof(time));
    stop_fd_ = eventfd(0, EFD_CLOEXEC);
    connection_ = std::make_unique<Connection>(fds[0], stop_fd_);
  }

  ~ConnectionTest() override {
    ClosePeer();
    close(stop_fd_);
  }

  void ClosePeer() {
    if (peer_ >= 0) close(peer_);
    peer_ = -1;
  }

  void SendFromPeer(absl::string_view bytes) {
    ASSERT_EQ(send(peer_, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
  }

  // What one recv(2) gives the peer; `reset` where the connection was.
  std::string ReceiveAtPeer() {
    std::string bytes(1 << 16, '\0');
    const ssize_t got = recv(peer_, &bytes[0], bytes.size(), 0);
    if (got < 0) return "reset";
    bytes.resize(static_cast<size_t>(got));
    return bytes;
  }

  std::string Read(size_t size) {
    std::string bytes(size, '\0');
    const ssize_t got = connection_->Read(&bytes[0], size);
    bytes.resize(got < 0 ? 0 : static_cast<size_t>(got));
    return bytes;
  }

  void Stop() {
    const uint64_t one = 1;
    ASSERT_EQ(write(stop_fd_, &one, sizeof(one)), static_cast<ssize_t>(sizeof(one)));
  }

  std::unique_ptr<Connection> connection_;
  int peer_ = -1;
  int stop_fd_ = -1;
};

TEST_F(ConnectionTest, SendsAllThatWasWrittenAtOnce) {
  Open(SOCK_SEQPACKET);
  connection_->Write("head ", 5);
  connection_->Write("body", 4);
  EXPECT_TRUE(connection_->Flush());
  EXPECT_EQ(ReceiveAtPeer(), "head body");
  connection_->Write("next", 4);
  EXPECT_TRUE(connection_->Flush());
  EXPECT_EQ(ReceiveAtPeer(), "next");
}

TEST_F(ConnectionTest, SendsWhatWasWrittenBeforeItWaitsForMore) {
  Open();
  connection_->BeginRequest(absl::Now() + kLong, 100);
  connection_->Write("100 Continue", 12);
  std::string read;
  std::thread reader([&] { read = Read(10); });
  EXPECT_EQ(ReceiveAtPeer(), "100 Continue");
  SendFromPeer("body");
  reader.join();
  EXPECT_EQ(read, "body");
}

TEST_F(ConnectionTest, KeepsWhatCameBeyondOneRead) {
  Open();
  SendFromPeer("first second");
  connection_->BeginRequest(absl::Now() + kLong, 100);
  EXPECT_EQ(Read(6), "first ");
  connection_->BeginRequest(absl::Now() + kLong, 100);
  EXPECT_EQ(Read(6), "second");
}

TEST_F(ConnectionTest, GivesNoMoreThanTheBudget) {
  Open();
  SendFromPeer("0123456789");
  connection_->BeginRequest(absl::Now() + kLong, 4);
  EXPECT_EQ(Read(3), "012");
  EXPECT_EQ(Read(3), "3");
  EXPECT_EQ(Read(3), "");
  connection_->BeginRequest(absl::Now() + kLong, 100);
  EXPECT_EQ(Read(10), "456789");
}

TEST_F(ConnectionTest, ReadsNothingAfterTheDeadline) {
  Open();
  const absl::Time deadline = absl::Now() + absl::Milliseconds(50);
  connection_->BeginRequest(deadline, 100);
  EXPECT_EQ(Read(10), "");
  EXPECT_GE(absl::Now(), deadline);
}

TEST_F(ConnectionTest, AnotherByteDoesNotMoveTheDeadline) {
  Open();
  connection_->BeginRequest(absl::Now() + absl::Milliseconds(50), 100);
  SendFromPeer("a");
  EXPECT_EQ(Read(10), "a");
  EXPECT_EQ(Read(10), "");
  SendFromPeer("b");
  EXPECT_EQ(Read(10), "");
}

TEST_F(ConnectionTest, ReadsNothingBeforeARequestHasBegun) {
  Open();
  SendFromPeer("early");
  EXPECT_EQ(Read(10), "");
}

TEST_F(ConnectionTest, WaitsForTheFirstByte) {
  Open();
  bool came = false;
  std::thread waiter([&] { came = connection_->WaitForRequest(kLong); });
  SendFromPeer("P");
  waiter.join();
  EXPECT_TRUE(came);
}

TEST_F(ConnectionTest, GivesUpAnIdlePeer) {
  Open();
  EXPECT_FALSE(connection_->WaitForRequest(absl::Milliseconds(20)));
}

TEST_F(ConnectionTest, SeesThatThePeerIsGone) {
  Open();
  ClosePeer();
  EXPECT_FALSE(connection_->WaitForRequest(kLong));
}

TEST_F(ConnectionTest, EndsTheWaitWhenTheListenerStops) {
  Open();
  bool came = true;
  std::thread waiter([&] { came = connection_->WaitForRequest(kLong); });
  Stop();
  waiter.join();
  EXPECT_FALSE(came);
}

TEST_F(ConnectionTest, NeedsNoFurtherByteForWhatIsBuffered) {
  Open();
  SendFromPeer("first second");
  connection_->BeginRequest(absl::Now() + kLong, 6);
  EXPECT_EQ(Read(6), "first ");
  EXPECT_TRUE(connection_->WaitForRequest(absl::ZeroDuration()));
}

TEST_F(ConnectionTest, FlushSaysThatThePeerIsGone) {
  Open();
  ClosePeer();
  connection_->Write("answer", 6);
  EXPECT_FALSE(connection_->Flush());
}

TEST_F(ConnectionTest, FlushSendsMoreThanTheSocketHolds) {
  Open();
  const std::string large(4 << 20, 'x');
  size_t received = 0;
  std::thread peer([&] {
    while (received < large.size()) received += ReceiveAtPeer().size();
  });
  connection_->Write(large.data(), large.size());
  EXPECT_TRUE(connection_->Flush());
  peer.join();
  EXPECT_EQ(received, large.size());
}

TEST_F(ConnectionTest, ARejectionIsReadWholeThoughTheBodyWasNot) {
  Open();
  SendFromPeer(std::string(50000, 'b'));
  connection_->Write("413 too large", 13);
  std::thread closer([&] {
    connection_->CloseAfterRejection();
    connection_.reset();
  });
  EXPECT_EQ(ReceiveAtPeer(), "413 too large");
  EXPECT_EQ(ReceiveAtPeer(), "");
  SendFromPeer(std::string(50000, 'b'));
  shutdown(peer_, SHUT_WR);
  closer.join();
  EXPECT_EQ(ReceiveAtPeer(), "");
}

TEST_F(ConnectionTest, ARejectionWaitsForAPeerForAMomentOnly) {
  Open();
  connection_->Write("400", 3);
  const absl::Time start = absl::Now();
  connection_->CloseAfterRejection();
  EXPECT_LT(absl::Now() - start, absl::Seconds(10));
}

TEST_F(ConnectionTest, ClosesItsSocketWhenItGoes) {
  Open();
  connection_.reset();
  EXPECT_EQ(ReceiveAtPeer(), "");
}

}  // namespace
}  // namespace ampstream
