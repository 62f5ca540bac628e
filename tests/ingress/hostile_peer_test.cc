// What peers do at the level of connections: where they come from, how they go, and in which pieces they send.

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/ingress/listener.h"
#include "tests/ingress/raw_client.h"
#include "tests/ingress/recording_handler.h"

namespace ampstream {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// A peer that comes from an address of its choice, and can go by a reset. Waits at most 20 s. Thread-compatible.
class Peer {
 public:
  Peer(const std::string& source, const std::string& address) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const std::pair<std::string, std::string> to = absl::StrSplit(address, absl::MaxSplits(':', 1));
    const timeval time = {20, 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof(time));
    const sockaddr_in from_address = AddressOf(source, "0");
    const sockaddr_in to_address = AddressOf(to.first, to.second);
    is_connected_ = bind(fd_, reinterpret_cast<const sockaddr*>(&from_address), sizeof(from_address)) == 0 &&
                    connect(fd_, reinterpret_cast<const sockaddr*>(&to_address), sizeof(to_address)) == 0;
  }
  ~Peer() { Close(); }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  bool is_connected() const { return is_connected_; }

  bool Send(absl::string_view bytes) {
    return send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
  }

  // The start of what comes, which is enough for a status.
  std::string Receive() {
    std::string bytes(1000, '\0');
    const ssize_t got = recv(fd_, &bytes[0], bytes.size(), 0);
    bytes.resize(got < 0 ? 0 : static_cast<size_t>(got));
    return bytes;
  }

  void Reset() {
    const linger at_once = {1, 0};
    setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    Close();
  }

 private:
  static sockaddr_in AddressOf(const std::string& host, const std::string& port) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    uint32_t number = 0;
    EXPECT_TRUE(absl::SimpleAtoi(port, &number)) << port;
    address.sin_port = htons(static_cast<uint16_t>(number));
    inet_pton(AF_INET, host.c_str(), &address.sin_addr);
    return address;
  }

  void Close() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
  }

  int fd_;
  bool is_connected_ = false;
};

class HostilePeerTest : public testing::Test {
 protected:
  HostilePeerTest() { Start({}); }

  void Start(const ConnectionLimits& limits) {
    Listener::Options options;
    options.address = "127.0.0.1:0";
    options.limits = limits;
    listener_.reset();
    absl::StatusOr<std::unique_ptr<Listener>> listener = Listener::Start(options, handler_);
    EXPECT_TRUE(listener.ok()) << listener.status();
    if (listener.ok()) listener_ = *std::move(listener);
  }

  void ExpectServed() {
    RawClient client(listener_->address());
    ASSERT_TRUE(client.Send(PostOf("/in", "served")));
    EXPECT_EQ(client.ReadAnswer().body, "served");
  }

  void StartWithLittleMemory(absl::Duration request_timeout = absl::Seconds(15)) {
    ConnectionLimits limits;
    limits.max_bytes_in_flight = 5000;
    limits.request_timeout = request_timeout;
    Start(limits);
  }

  // That nearly all of that memory is free.
  void ExpectRoom() {
    RawClient client(listener_->address());
    ASSERT_TRUE(client.Send(PostOf("/in", std::string(4000, 'b'))));
    EXPECT_EQ(client.ReadAnswer().status, 200);
  }

  const std::string part_of_a_body_ =
      absl::StrCat("POST /in HTTP/1.1\r\nContent-Length: 3000\r\n\r\n", std::string(2000, 'b'));

  RecordingHandler handler_;
  std::unique_ptr<Listener> listener_;
};

TEST_F(HostilePeerTest, APeerThatHasAllItsConnectionsTakesNoneOfAnother) {
  ConnectionLimits limits;
  limits.max_connections_per_peer = 2;
  Start(limits);
  std::vector<std::unique_ptr<Peer>> peers;
  for (const char* source : {"127.0.0.1", "127.0.0.1", "127.0.0.2", "127.0.0.2"}) {
    peers.push_back(std::make_unique<Peer>(source, listener_->address()));
    ASSERT_TRUE(peers.back()->is_connected());
    ASSERT_TRUE(peers.back()->Send(PostOf("/in", "x")));
    EXPECT_THAT(peers.back()->Receive(), HasSubstr("HTTP/1.1 200 ")) << source;
  }
  for (const char* source : {"127.0.0.1", "127.0.0.2"}) {
    EXPECT_THAT(Peer(source, listener_->address()).Receive(), HasSubstr("HTTP/1.1 503 ")) << source;
  }
  Peer third("127.0.0.3", listener_->address());
  ASSERT_TRUE(third.Send(PostOf("/in", "x")));
  EXPECT_THAT(third.Receive(), HasSubstr("HTTP/1.1 200 "));
}

TEST_F(HostilePeerTest, ARequestIsTheSameWhereverItIsSplit) {
  const std::string request = PostOf("/in", "the body", "X-Header: value\r\n");
  RawClient client(listener_->address());
  for (size_t split = 1; split < request.size(); ++split) {
    ASSERT_TRUE(client.Send(request.substr(0, split)));
    ExpectServed();  // One thread reads both: that part has been read.
    ASSERT_TRUE(client.Send(request.substr(split)));
    ASSERT_EQ(client.ReadAnswer().body, "the body") << split;
  }
  EXPECT_EQ(handler_.bodies().size(), 2 * (request.size() - 1));
}

// The second part comes only when the first has been looked at.
TEST_F(HostilePeerTest, APipelineIsTheSameWhereverItIsSplit) {
  const std::string first = PostOf("/in", "1");
  const std::string second = PostOf("/in", "2");
  for (size_t split = 0; split <= second.size(); ++split) {
    RawClient client(listener_->address());
    ASSERT_TRUE(client.Send(first + second.substr(0, split)));
    ASSERT_EQ(client.ReadAnswer().body, "1") << split;
    ASSERT_TRUE(client.Send(second.substr(split)));
    ASSERT_EQ(client.ReadAnswer().body, "2") << split;
  }
}

TEST_F(HostilePeerTest, AResetWhileARequestIsServedGivesItsMemoryBack) {
  ConnectionLimits limits;
  limits.max_bytes_in_flight = 5000;
  limits.max_connections = 3;
  Start(limits);
  for (size_t turn = 1; turn <= 50; ++turn) {
    handler_.Hold();
    Peer peer("127.0.0.1", listener_->address());
    ASSERT_TRUE(peer.Send(PostOf("/in", std::string(2000, 'b'))));
    ASSERT_TRUE(handler_.WaitForBodies(turn)) << turn;
    peer.Reset();
    // Its answer is given up before this one is read: both are of the one thread.
    handler_.Release();
    ExpectServed();
    ASSERT_TRUE(handler_.WaitForBodies(++turn));
  }
}

// However a request ends that never came whole, what had come of it is no longer counted.
TEST_F(HostilePeerTest, AResetGivesBackWhatHadComeOfABody) {
  StartWithLittleMemory();
  for (size_t turn = 1; turn <= 10; ++turn) {
    Peer peer("127.0.0.1", listener_->address());
    ASSERT_TRUE(peer.Send(part_of_a_body_));
    ASSERT_TRUE(handler_.WaitForHeads(2 * turn - 1));
    peer.Reset();
    ExpectServed();
  }
  ExpectRoom();
}

TEST_F(HostilePeerTest, ARefusalGivesBackWhatHadComeOfABody) {
  StartWithLittleMemory();
  for (int turn = 0; turn < 10; ++turn) {
    RawClient client(listener_->address());
    ASSERT_TRUE(client.Send(part_of_a_body_));
    client.EndSending();
    ASSERT_EQ(client.ReadAnswer().status, 408);
    ASSERT_TRUE(client.AtEnd());
  }
  ExpectRoom();
}

// Beyond 64 MiB of heads, over all connections, one that comes in pieces would be refused.
TEST_F(HostilePeerTest, ARefusalGivesBackWhatHadComeOfAHead) {
  const std::string part = absl::StrCat("POST /in HTTP/1.1\r\nLong: ", std::string(15 << 10, 'h'));
  for (int turn = 0; turn < 5000; ++turn) {
    RawClient client(listener_->address());
    ASSERT_TRUE(client.Send(part));
    client.EndSending();
    ASSERT_EQ(client.ReadAnswer().status, 408) << turn;
  }
  RawClient client(listener_->address());
  ASSERT_TRUE(client.Send("POST /in HT"));
  ExpectServed();  // One thread reads both: that part has been read.
  ASSERT_TRUE(client.Send("TP/1.1\r\nContent-Length: 0\r\n\r\n"));
  EXPECT_EQ(client.ReadAnswer().status, 200);
}

TEST_F(HostilePeerTest, ATimeoutGivesBackWhatHadComeOfABody) {
  StartWithLittleMemory(absl::Milliseconds(20));
  for (int turn = 0; turn < 5; ++turn) {
    RawClient client(listener_->address());
    ASSERT_TRUE(client.Send(part_of_a_body_));
    ASSERT_EQ(client.ReadAnswer().status, 408);
  }
  ExpectRoom();
}

TEST_F(HostilePeerTest, AResetWhileAnAnswerIsSentKeepsNoConnection) {
  ConnectionLimits limits;
  limits.max_connections = 3;
  limits.max_body_bytes = 24 << 20;
  limits.max_bytes_in_flight = 240 << 20;
  Start(limits);
  for (int turn = 0; turn < 5; ++turn) {
    Peer peer("127.0.0.1", listener_->address());
    const std::string request = PostOf("/in", std::string(limits.max_body_bytes, 'b'));
    ASSERT_TRUE(peer.Send(request));
    EXPECT_THAT(peer.Receive(), HasSubstr("HTTP/1.1 200 "));
    peer.Reset();
    ExpectServed();
  }
}

TEST_F(HostilePeerTest, AResetBeforeAnythingIsSentKeepsNoConnection) {
  ConnectionLimits limits;
  limits.max_connections = 190;
  Start(limits);
  for (int turn = 0; turn < 200; ++turn) Peer("127.0.0.1", listener_->address()).Reset();
  ExpectServed();
}

TEST_F(HostilePeerTest, SaysNoContinueWhereThereIsNoBody) {
  RawClient client(listener_->address());
  ASSERT_TRUE(client.Send(PostOf("/in", "", "Expect: 100-continue\r\n")));
  EXPECT_EQ(client.ReadAnswer().status, 200);
  ASSERT_TRUE(client.Send(PostOf("/in", "next")));
  EXPECT_EQ(client.ReadAnswer().body, "next");
}

TEST_F(HostilePeerTest, SaysContinueOfEachRequestOfAPipelineInItsTurn) {
  RawClient client(listener_->address());
  const std::string head = "POST /in HTTP/1.1\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n";
  ASSERT_TRUE(client.Send(PostOf("/in", "first") + head));
  EXPECT_EQ(client.ReadAnswer().body, "first");
  EXPECT_EQ(client.ReadAnswer().status, 100);
  ASSERT_TRUE(client.Send("2" + head));
  EXPECT_EQ(client.ReadAnswer().body, "2");
  EXPECT_EQ(client.ReadAnswer().status, 100);
  ASSERT_TRUE(client.Send("3"));
  EXPECT_EQ(client.ReadAnswer().body, "3");
}

// As large as is allowed, and alone: in whatever pieces it comes, there is room for it.
TEST_F(HostilePeerTest, ABodyWithinBothLimitsIsTakenInPieces) {
  ConnectionLimits limits;
  limits.max_body_bytes = 1000;
  limits.max_bytes_in_flight = 1000;
  Start(limits);
  RawClient client(listener_->address());
  RawClient other(listener_->address());
  ASSERT_TRUE(client.Send("POST /in HTTP/1.1\r\nContent-Length: 1000\r\n\r\n"));
  for (const size_t size : {600, 1, 399}) {
    ASSERT_TRUE(client.Send(std::string(size, 'b')));
    // One thread reads both: when this is answered, the piece has been read.
    ASSERT_TRUE(other.Send(PostOf("/in", "")));
    ASSERT_EQ(other.ReadAnswer().status, 200);
  }
  EXPECT_EQ(client.ReadAnswer().status, 200);
}

// What a process may open. Raised and lowered for the time that this lives.
class FileLimit {
 public:
  FileLimit() { getrlimit(RLIMIT_NOFILE, &before_); }
  ~FileLimit() { setrlimit(RLIMIT_NOFILE, &before_); }
  bool Set(rlim_t files) const {
    const rlimit limit = {files, before_.rlim_max};
    return setrlimit(RLIMIT_NOFILE, &limit) == 0;
  }

 private:
  rlimit before_;
};

TEST_F(HostilePeerTest, AcceptsAgainOnceThereAreDescriptors) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "the sanitizer needs descriptors of its own to look at an object, and calls it broken without";
#endif
  const FileLimit limit;
  ASSERT_TRUE(limit.Set(200));
  std::vector<int> files;
  for (int fd; (fd = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0;) files.push_back(fd);
  ASSERT_FALSE(files.empty());
  close(files.back());
  files.pop_back();
  RawClient client(listener_->address());  // Has the last one: there is none to accept it with.
  ASSERT_TRUE(client.connected());
  ASSERT_TRUE(client.Send(PostOf("/in", "waits")));
  EXPECT_LT(open("/dev/null", O_RDONLY | O_CLOEXEC), 0);
  EXPECT_THAT(handler_.heads(), IsEmpty());
  for (const int fd : files) close(fd);
  EXPECT_EQ(client.ReadAnswer().body, "waits");
  EXPECT_THAT(handler_.bodies(), ElementsAre("waits"));
}

}  // namespace
}  // namespace ampstream
