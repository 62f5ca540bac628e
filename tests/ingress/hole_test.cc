// What hostile senders do to a bare httplib::Server, set up as its documentation has it, and that none of it works
// here. Each test shows both: a hole that the library no longer has would be noticed.

#include <httplib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
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
using testing::Not;

constexpr size_t kMaxBody = 1000;
constexpr int kBareThreads = 4;

// The library as it is, with the limit on bodies that it offers.
class BareServer {
 public:
  BareServer() {
    server_.set_payload_max_length(kMaxBody);
    server_.new_task_queue = [] { return new httplib::ThreadPool(kBareThreads); };
    server_.Post(".*", [this](const httplib::Request& request, httplib::Response& response) {
      if (request.path == "/throws") throw std::runtime_error("a text that is nobody's business");
      MutexLock lock(&mutex_);
      requests_.push_back(request);
      response.set_content(request.body, "text/plain");
    });
    address_ = absl::StrCat("127.0.0.1:", server_.bind_to_any_port("127.0.0.1"));
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) std::this_thread::yield();
  }

  ~BareServer() {
    server_.stop();
    thread_.join();
  }

  const std::string& address() const { return address_; }

  // What came to its handler.
  std::vector<httplib::Request> requests() const {
    MutexLock lock(&mutex_);
    return requests_;
  }

 private:
  httplib::Server server_;
  std::string address_;
  std::thread thread_;
  mutable Mutex mutex_;
  std::vector<httplib::Request> requests_ ABSL_GUARDED_BY(mutex_);
};

class HoleTest : public testing::Test {
 protected:
  HoleTest() { Start({}); }

  void Start(ConnectionLimits limits) {
    Listener::Options options;
    options.address = "127.0.0.1:0";
    options.limits = limits;
    options.limits.max_body_bytes = kMaxBody;
    listener_.reset();
    absl::StatusOr<std::unique_ptr<Listener>> listener = Listener::Start(options, handler_);
    EXPECT_TRUE(listener.ok()) << listener.status();
    if (listener.ok()) listener_ = *std::move(listener);
  }

  // Sends all, then nothing more. Returns the statuses of the answers up to the end.
  static std::vector<int> StatusesOf(const std::string& address, absl::string_view bytes) {
    RawClient client(address);
    client.Send(bytes);
    client.EndSending();
    std::vector<int> statuses;
    for (int status; (status = client.ReadAnswer().status) != 0;) statuses.push_back(status);
    return statuses;
  }

  // The statuses of the first answers of the bare server. (Of one who ends sending it would think that it has gone.)
  // Each of the texts is sent when the one before is answered.
  std::vector<int> BareStatuses(const std::vector<std::string>& texts) {
    RawClient client(bare_.address());
    std::vector<int> statuses;
    for (const std::string& text : texts) {
      client.Send(text);
      statuses.push_back(client.ReadAnswer().status);
    }
    return statuses;
  }

  // That the listener answers this once with the status, closes, and hands nothing on.
  void ExpectRefused(absl::string_view bytes, int status) {
    RawClient client(listener_->address());
    client.Send(bytes);
    const RawClient::Answer answer = client.ReadAnswer();
    EXPECT_EQ(answer.status, status) << bytes.substr(0, 200);
    EXPECT_EQ(answer.Header("connection"), "close");
    client.EndSending();
    EXPECT_TRUE(client.AtEnd()) << bytes.substr(0, 200);
    EXPECT_THAT(handler_.bodies(), IsEmpty()) << bytes.substr(0, 200);
  }

  std::vector<std::string> BareBodies() const {
    std::vector<std::string> bodies;
    for (const httplib::Request& request : bare_.requests()) bodies.push_back(request.body);
    return bodies;
  }

  BareServer bare_;
  RecordingHandler handler_;
  std::unique_ptr<Listener> listener_;
};

std::string HeadOf(absl::string_view header_lines) {
  return absl::StrCat("POST /in HTTP/1.1\r\nHost: test\r\n", header_lines, "\r\n");
}

TEST_F(HoleTest, TheUnreadBodyOfARefusedRequestIsNoRequest) {
  const std::string body = PostOf("/smuggled", "inner");
  const std::string head =
      absl::StrCat("GET /refused HTTP/1.1\r\nHost: test\r\nContent-Length: ", body.size(), "\r\n\r\n");
  EXPECT_THAT(BareStatuses({head, body}), ElementsAre(404, 200));
  EXPECT_THAT(BareBodies(), ElementsAre("inner"));
  ExpectRefused(head + body, 404);
}

TEST_F(HoleTest, AChunkedBodyDoesNotPassTheLimit) {
  std::string request = HeadOf("Transfer-Encoding: chunked\r\n");
  for (int i = 0; i < 100; ++i) absl::StrAppend(&request, "3e8\r\n", std::string(1000, 'a'), "\r\n");
  request += "0\r\n\r\n";
  EXPECT_THAT(BareStatuses({request}), ElementsAre(200));
  EXPECT_EQ(BareBodies().at(0).size(), 100000u);
  ExpectRefused(request, 501);
}

TEST_F(HoleTest, ACompressedBodyDoesNotPassTheLimit) {
  // 100,000 times `a`.
  const std::string zipped = absl::HexStringToBytes(
      "1f8b0800000000000203edc13101000000c2a0aceb5fc21a1e40010000000000000000000000000000000000000000000000"
      "0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
      "0000000000000000000000000000000000000000000000af0687fae21ba0860100");
  const std::string request =
      absl::StrCat(HeadOf(absl::StrCat("Content-Encoding: gzip\r\nContent-Length: ", zipped.size(), "\r\n")), zipped);
  EXPECT_THAT(BareStatuses({request}), ElementsAre(200));
  EXPECT_EQ(BareBodies().at(0).size(), 100000u);
  ExpectRefused(request, 415);
}

TEST_F(HoleTest, AHeaderLineEnds) {
  // More than the sockets hold: what is sent has been read, and kept.
  const std::string endless = absl::StrCat("POST /in HTTP/1.1\r\nLong: ", std::string(32 << 20, 'a'));
  RawClient of_bare(bare_.address());
  EXPECT_TRUE(of_bare.Send(endless));
  RawClient client(listener_->address());
  client.Send(absl::string_view(endless).substr(0, 20000));
  EXPECT_EQ(client.ReadAnswer().status, 431);
}

TEST_F(HoleTest, HeadersEnd) {
  std::string lines;
  for (int i = 0; i < 10000; ++i) absl::StrAppend(&lines, "H", i, ": a\r\n");
  EXPECT_THAT(BareStatuses({PostOf("/in", "x", lines)}), ElementsAre(200));
  EXPECT_GE(bare_.requests().at(0).headers.size(), 10000u);
  ExpectRefused(PostOf("/in", "x", lines), 431);
}

TEST_F(HoleTest, ALengthIsOneNumber) {
  const std::string body = PostOf("/smuggled", "inner");
  for (const absl::string_view length : {"abc", "x5", "-0x5"}) {
    const std::string head = HeadOf(absl::StrCat("Content-Length: ", length, "\r\n"));
    const size_t before = bare_.requests().size();
    EXPECT_THAT(BareStatuses({head, body}), ElementsAre(200, 200)) << length;  // No body, and another request.
    EXPECT_EQ(bare_.requests().size(), before + 2) << length;
    ExpectRefused(head + body, 400);
  }
  ExpectRefused(HeadOf("Content-Length: \r\n") + body, 400);
  // It takes what is no number of digits for one, or for an endless one.
  for (const absl::string_view length : {"+5", "5x", "5, 5", "0x5", "5 5"}) {
    const std::string request = absl::StrCat(HeadOf(absl::StrCat("Content-Length: ", length, "\r\n")), "five!");
    EXPECT_THAT(BareStatuses({request}), ElementsAre(200)) << length;
    ExpectRefused(request, 400);
  }
  EXPECT_THAT(BareStatuses({HeadOf("Content-Length: -1\r\n")}), ElementsAre(413));  // Taken for endless.
  ExpectRefused(HeadOf("Content-Length: -1\r\n") + "five!", 400);
}

TEST_F(HoleTest, ALengthStandsOnceAndAlone) {
  const std::string twice = HeadOf("Content-Length: 5\r\nContent-Length: 6\r\n") + "five!";
  EXPECT_THAT(BareStatuses({twice}), ElementsAre(200));
  ExpectRefused(twice, 400);
  ExpectRefused(HeadOf("Content-Length: 5\r\nContent-Length: 5\r\n") + "five!", 400);
  const std::string both = HeadOf("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n") + "1\r\nx\r\n0\r\n\r\n";
  EXPECT_THAT(BareStatuses({both}), ElementsAre(200));
  ExpectRefused(both, 400);
}

TEST_F(HoleTest, ABodyWithoutALengthIsNotReadUntilTheEnd) {
  const std::string request = HeadOf("") + "whatever comes";
  StatusesOf(bare_.address(), request);
  EXPECT_THAT(BareBodies(), ElementsAre("whatever comes"));
  ExpectRefused(request, 411);
}

TEST_F(HoleTest, AHeaderDoesNotShadowThePeer) {
  const std::string request = PostOf("/in", "x", "REMOTE_ADDR: 10.1.2.3\r\n");
  BareStatuses({request});
  EXPECT_EQ(bare_.requests().at(0).get_header_value("REMOTE_ADDR"), "10.1.2.3");
  // Here the address is the socket's alone: whatever the header says, the second connection of one is too many.
  ConnectionLimits limits;
  limits.max_connections_per_peer = 1;
  Start(limits);
  RawClient first(listener_->address());
  ASSERT_TRUE(first.Send(request));
  EXPECT_EQ(first.ReadAnswer().status, 200);
  EXPECT_EQ(RawClient(listener_->address()).ReadAnswer().status, 503);
}

TEST_F(HoleTest, AHeaderIsNotDecodedIntoTwo) {
  const std::string request = PostOf("/in", "x", "Plain: a%0d%0aInjected: b\r\n");
  BareStatuses({request});
  EXPECT_EQ(bare_.requests().at(0).get_header_value("Plain"), "a\r\nInjected: b");
  EXPECT_THAT(StatusesOf(listener_->address(), request), ElementsAre(200));
  EXPECT_EQ(handler_.heads().at(0).Value("Plain"), "a%0d%0aInjected: b");
}

TEST_F(HoleTest, AFaultIsNotTold) {
  RawClient of_bare(bare_.address());
  of_bare.Send(PostOf("/throws", "x"));
  EXPECT_EQ(of_bare.ReadAnswer().Header("exception_what"), "a text that is nobody's business");
  RawClient client(listener_->address());
  client.Send(PostOf("/throws", "x"));
  const RawClient::Answer answer = client.ReadAnswer();
  EXPECT_EQ(answer.status, 500);
  EXPECT_THAT(answer.body, Not(HasSubstr("business")));
  for (const auto& [name, value] : answer.headers) EXPECT_THAT(value, Not(HasSubstr("business"))) << name;
}

TEST_F(HoleTest, ARangeIsNotAsked) {
  const std::string request = PostOf("/in", "0123456789", "Range: bytes=0-1\r\n");
  RawClient of_bare(bare_.address());
  of_bare.Send(request);
  EXPECT_EQ(of_bare.ReadAnswer().body, "01");
  RawClient client(listener_->address());
  client.Send(request);
  EXPECT_EQ(client.ReadAnswer().body, "0123456789");
}

TEST_F(HoleTest, ALineEndsInBothOfItsCharacters) {
  const std::string request = "POST /in HTTP/1.1\r\nA: b\nContent-Length: 1\r\n\r\nx";
  EXPECT_THAT(BareStatuses({request}), ElementsAre(200));
  ExpectRefused(request, 400);
}

TEST_F(HoleTest, AHeadHoldsNothingThatTwoReadersReadDifferently) {
  for (const absl::string_view line : {
           absl::string_view("A: b\0c\r\n", 8),  // Cut off at the null byte.
           absl::string_view("A: b\x01\r\n"),
           absl::string_view("no colon\r\n"),            // Left out.
           absl::string_view("A: b\r\n folded: c\r\n"),  // A header of its own.
       }) {
    const std::string request = PostOf("/in", "x", line);
    EXPECT_THAT(BareStatuses({request}), ElementsAre(200)) << line;
    ExpectRefused(request, 400);
  }
  const std::string null_in_path = PostOf("/in%00x", "x");
  EXPECT_THAT(BareStatuses({null_in_path}), ElementsAre(200));
  EXPECT_EQ(bare_.requests().back().path, std::string("/in\0x", 5));
  ExpectRefused(null_in_path, 400);
}

TEST_F(HoleTest, AWholeUrlIsItsPath) {
  const std::string request = PostOf("http://host/in?query", "x");
  EXPECT_THAT(BareStatuses({request}), ElementsAre(200));
  EXPECT_EQ(bare_.requests().at(0).path, "http://host/in");
  EXPECT_THAT(StatusesOf(listener_->address(), request), ElementsAre(200));
  EXPECT_EQ(handler_.heads().at(0).path, "/in");
}

// What the library has no hole for, or none that can be seen, and what must be right here all the same.
TEST_F(HoleTest, OddRequestsAreAnsweredAsTheyMust) {
  EXPECT_THAT(StatusesOf(listener_->address(), "POST /in HTTP/1.0\r\nContent-Length: 1\r\n\r\nx"), ElementsAre(200));
  EXPECT_THAT(StatusesOf(listener_->address(), "POST http://host/in HTTP/1.1\r\nContent-Length: 1\r\n\r\nx"),
              ElementsAre(200));
  EXPECT_THAT(StatusesOf(listener_->address(), PostOf("/%69n", "x")), ElementsAre(200));
  EXPECT_THAT(StatusesOf(listener_->address(), PostOf(absl::StrCat("/", std::string(8000, 'a')), "x")),
              ElementsAre(200));
  const std::vector<HttpHead> heads = handler_.heads();
  ASSERT_EQ(heads.size(), 4u);
  for (size_t i = 0; i < 3; ++i) EXPECT_EQ(heads[i].path, "/in");
  EXPECT_EQ(heads[3].path.size(), 8001u);
}

TEST_F(HoleTest, WhatIsNoRequestIsRefusedAtOnce) {
  for (const absl::string_view bytes : {
           absl::string_view("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11),  // The start of a TLS handshake.
           absl::string_view("POST /in\0 HTTP/1.1\r\n", 20),
           absl::string_view("POST /in HTTP/1.1\r\nA: \0\r\n", 25),
           absl::string_view("POST /in HTTP/1.1\nA: b\n\n"),
           absl::string_view("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
       }) {
    RawClient client(listener_->address());
    client.Send(bytes);
    EXPECT_EQ(client.ReadAnswer().status, 400);
    client.EndSending();
    EXPECT_TRUE(client.AtEnd());
  }
  EXPECT_THAT(handler_.heads(), IsEmpty());
}

// Each has begun a request, and sends a byte of it now and then.
std::vector<std::unique_ptr<RawClient>> Drips(const std::string& address, int count) {
  std::vector<std::unique_ptr<RawClient>> drips;
  for (int i = 0; i < count; ++i) {
    drips.push_back(std::make_unique<RawClient>(address));
    drips.back()->Send(i % 2 == 0 ? "POST /in HT" : "POST /in HTTP/1.1\r\nContent-Length: 1000\r\n\r\na");
  }
  return drips;
}

TEST_F(HoleTest, SlowSendersHoldUpNobody) {
  std::vector<std::unique_ptr<RawClient>> bare_drips = Drips(bare_.address(), kBareThreads);
  RawClient of_bare(bare_.address());
  ASSERT_TRUE(of_bare.Send(PostOf("/in", "waits")));
  std::vector<std::unique_ptr<RawClient>> drips = Drips(listener_->address(), 64);
  RawClient client(listener_->address());
  for (int i = 0; i < 1000; ++i) {
    ASSERT_TRUE(drips[static_cast<size_t>(i) % drips.size()]->Send("a"));
    ASSERT_TRUE(client.Send(PostOf("/in", "served")));
    ASSERT_EQ(client.ReadAnswer().body, "served");
  }
  EXPECT_THAT(BareBodies(), IsEmpty());  // All that time.
  bare_drips.clear();
  EXPECT_EQ(of_bare.ReadAnswer().body, "waits");
}

size_t Threads() {
  return static_cast<size_t>(std::distance(std::filesystem::directory_iterator("/proc/self/task"), {}));
}

// A process of its own, since a process may have too few descriptors for both ends: opens idle connections, and on
// command asks on every hundredth. Thread-compatible.
class IdleSenders {
 public:
  IdleSenders(const std::string& address, int count) {
    int down[2];
    int up[2];
    if (pipe(down) != 0 || pipe(up) != 0) return;
    const pid_t pid = fork();
    if (pid == 0) Run(address, count, down[0], up[1]);
    pid_ = pid;
    command_ = down[1];
    report_ = up[0];
    close(down[0]);
    close(up[1]);
  }

  ~IdleSenders() {
    close(command_);
    close(report_);
    waitpid(pid_, nullptr, 0);
  }

  bool AreOpen() { return Report() == 'o'; }

  bool AreServed() {
    const char ask = 'a';
    return write(command_, &ask, 1) == 1 && Report() == 's';
  }

 private:
  char Report() {
    char report = 0;
    return read(report_, &report, 1) == 1 ? report : '\0';
  }

  [[noreturn]] static void Run(const std::string& address, int count, int command, int report) {
    // The parent's are of no use here.
    for (int fd = 3; fd < 1024; ++fd)
      if (fd != command && fd != report) close(fd);
    std::vector<std::unique_ptr<RawClient>> clients;
    bool good = true;
    for (int i = 0; i < count; ++i) {
      clients.push_back(std::make_unique<RawClient>(address));
      good = good && clients.back()->connected();
    }
    for (char said = good ? 'o' : 'f'; write(report, &said, 1) == 1;) {
      char asked = 0;
      if (read(command, &asked, 1) != 1) break;
      for (size_t i = 0; i < clients.size(); i += 100)
        good = good && clients[i]->Send(PostOf("/in", "served")) && clients[i]->ReadAnswer().body == "served";
      said = good ? 's' : 'f';
    }
    _exit(0);
  }

  pid_t pid_ = -1;
  int command_ = -1;
  int report_ = -1;
};

TEST_F(HoleTest, TenThousandIdleConnectionsNeedNoThreads) {
  constexpr int kConnections = 10000;
  rlimit limit;
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  if (limit.rlim_max < kConnections + 1000) GTEST_SKIP() << "only " << limit.rlim_max << " files may be open";
  limit.rlim_cur = limit.rlim_max;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
  ConnectionLimits limits;
  limits.idle_timeout = absl::Minutes(10);
  Start(limits);
  const size_t threads = Threads();
  IdleSenders idle(listener_->address(), kConnections);
  ASSERT_TRUE(idle.AreOpen());
  EXPECT_TRUE(idle.AreServed());
  EXPECT_EQ(Threads(), threads);
  EXPECT_LT(threads, 40u);
  // As many as the library has threads are enough for it.
  std::vector<std::unique_ptr<RawClient>> bare_idle;
  for (int i = 0; i < kBareThreads; ++i) {
    bare_idle.push_back(std::make_unique<RawClient>(bare_.address()));
    bare_idle.back()->Send(PostOf("/in", "x"));
    ASSERT_EQ(bare_idle.back()->ReadAnswer().status, 200);
  }
  RawClient of_bare(bare_.address());
  ASSERT_TRUE(of_bare.Send(PostOf("/in", "waits")));
  EXPECT_TRUE(idle.AreServed());
  EXPECT_EQ(BareBodies().size(), static_cast<size_t>(kBareThreads));
  bare_idle.clear();
  EXPECT_EQ(of_bare.ReadAnswer().body, "waits");
}

}  // namespace
}  // namespace ampstream
