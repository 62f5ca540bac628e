#include "server/ingress/http_head.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ampstream {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

using State = HeadScanner::State;

// A request line, and the header lines after it.
std::string Head(absl::string_view line, absl::string_view headers = "") {
  return absl::StrCat(line, "\r\n", headers, "\r\n");
}

HttpHead Parsed(absl::string_view text) {
  const absl::StatusOr<HttpHead> head = ParseHead(text);
  EXPECT_TRUE(head.ok()) << head.status() << "\n" << text;
  return head.ok() ? *head : HttpHead();
}

TEST(ParseHeadTest, ReadsThePathOfEveryTarget) {
  const std::pair<absl::string_view, absl::string_view> targets[] = {
      {"/", "/"},
      {"/a/b", "/a/b"},
      {"/a?b=c", "/a"},
      {"/a?b?c/d", "/a"},
      {"/a%20b", "/a b"},
      {"/%64efault", "/default"},
      {"/%C3%bc", "/\xc3\xbc"},
      {"/a%2Fb", "/a/b"},
      {"/a%252F", "/a%2F"},
      {"//a", "//a"},
      {"/a/../b", "/a/../b"},
      {"/a;b,c=d:e@f!$&'()*+", "/a;b,c=d:e@f!$&'()*+"},
      {"http://host/a", "/a"},
      {"HTTP://host:80/a?b", "/a"},
      {"https://user@host/a", "/a"},
      {"http://host", "/"},
      {"http://host?a", "/"},
      {"http://[::1]:8080/a", "/a"},
  };
  for (const auto& [target, path] : targets)
    EXPECT_EQ(Parsed(Head(absl::StrCat("POST ", target, " HTTP/1.1"))).path, path);
}

TEST(ParseHeadTest, ReadsHeadersAsTheyStand) {
  const HttpHead head = Parsed(Head("POST / HTTP/1.1",
                                    "Host: a\r\n"
                                    "x-one:first\r\n"
                                    "X-ONE: \t second one \t\r\n"
                                    "Empty:\r\n"
                                    "Colons: a:b:c\r\n"
                                    "Percent: a%0d%0aInjected: b\r\n"
                                    "REMOTE_ADDR: 10.0.0.1\r\n"
                                    "Bytes: \xc3\xbc\xff\r\n"
                                    "!#$%&'*+-.^_`|~9: tokens\r\n"));
  EXPECT_EQ(head.method, "POST");
  EXPECT_THAT(head.Values("X-One"), ElementsAre("first", "second one"));
  EXPECT_EQ(head.Value("x-one"), "first");
  EXPECT_THAT(head.Values("empty"), ElementsAre(""));
  EXPECT_EQ(head.Value("colons"), "a:b:c");
  EXPECT_EQ(head.Value("percent"), "a%0d%0aInjected: b");  // Not decoded.
  EXPECT_THAT(head.Values("Injected"), IsEmpty());
  EXPECT_EQ(head.Value("bytes"), "\xc3\xbc\xff");
  EXPECT_EQ(head.Value("!#$%&'*+-.^_`|~9"), "tokens");
  EXPECT_EQ(head.Value("absent"), "");
}

TEST(ParseHeadTest, PassesOverEmptyLinesBeforeARequest) {
  EXPECT_EQ(Parsed("\r\n\r\n" + Head("PUT /a HTTP/1.1")).method, "PUT");
}

TEST(ParseHeadTest, TellsWhetherTheConnectionGoesOn) {
  struct Case {
    absl::string_view version;
    absl::string_view headers;
    bool keeps_alive;
  };
  for (const Case& one : {
           Case{"HTTP/1.1", "", true},
           Case{"HTTP/1.1", "Connection: close\r\n", false},
           Case{"HTTP/1.1", "connection: CLOSE\r\n", false},
           Case{"HTTP/1.1", "Connection: keep-alive\r\n", true},
           Case{"HTTP/1.1", "Connection: foo, close ,bar\r\n", false},
           Case{"HTTP/1.1", "Connection: foo\r\nConnection: close\r\n", false},
           Case{"HTTP/1.1", "Connection: closed\r\n", true},
           Case{"HTTP/1.0", "", false},
           Case{"HTTP/1.0", "Connection: keep-alive\r\n", true},
           Case{"HTTP/1.0", "Connection: keep-alive, close\r\n", false},
       }) {
    const HttpHead head = Parsed(Head(absl::StrCat("POST / ", one.version), one.headers));
    EXPECT_EQ(head.keeps_alive, one.keeps_alive) << one.version << " " << one.headers;
    EXPECT_EQ(head.is_http_1_0, one.version == "HTTP/1.0");
  }
}

TEST(ParseHeadTest, TellsWhetherTheBodyIsToBeAskedFor) {
  EXPECT_FALSE(Parsed(Head("POST / HTTP/1.1")).expects_continue);
  EXPECT_TRUE(Parsed(Head("POST / HTTP/1.1", "Expect: 100-Continue\r\n")).expects_continue);
  EXPECT_FALSE(Parsed(Head("POST / HTTP/1.1", "Expect: something\r\n")).expects_continue);
  EXPECT_FALSE(Parsed(Head("POST / HTTP/1.0", "Expect: 100-continue\r\n")).expects_continue);
}

TEST(ParseHeadTest, RefusesWhatIsNoRequest) {
  for (const std::string& text : std::vector<std::string>{
           "",
           "\r\n",
           "\r\n\r\n",
           "nonsense\r\n\r\n",
           Head("POST /"),
           Head("POST / "),
           Head("POST  / HTTP/1.1"),
           Head("POST /  HTTP/1.1"),
           Head("POST / HTTP/1.1 "),
           Head(" POST / HTTP/1.1"),
           Head("POST\t/ HTTP/1.1"),
           Head("POST /a b HTTP/1.1"),
           Head("PO(T / HTTP/1.1"),
           Head("P\xc3\xb6st / HTTP/1.1"),
           Head(" / HTTP/1.1"),
           Head("POST  HTTP/1.1"),
           Head("POST / HTTP/1.2"),
           Head("POST / HTTP/2.0"),
           Head("POST / HTTP/1"),
           Head("POST / HTTP/1.10"),
           Head("POST / http/1.1"),
           Head("POST / HTTPS/1.1"),
           Head("POST a HTTP/1.1"),
           Head("POST * HTTP/1.1"),
           Head("CONNECT host:80 HTTP/1.1"),
           Head("POST http:///a HTTP/1.1"),
           Head("POST ftp://host/a HTTP/1.1"),
           Head("POST http:/a HTTP/1.1"),
           Head("POST /a#b HTTP/1.1"),
           Head("POST /% HTTP/1.1"),
           Head("POST /%4 HTTP/1.1"),
           Head("POST /%4g HTTP/1.1"),
           Head("POST /%00 HTTP/1.1"),
           Head("POST /%0d%0aa HTTP/1.1"),
           Head("POST /%7f HTTP/1.1"),
           Head("POST /\xc3\xbc HTTP/1.1"),
           Head("POST /\x01 HTTP/1.1"),
           Head("POST / HTTP/1.1", "no colon\r\n"),
           Head("POST / HTTP/1.1", ": no name\r\n"),
           Head("POST / HTTP/1.1", "Name : blank before the colon\r\n"),
           Head("POST / HTTP/1.1", "Na me: blank in it\r\n"),
           Head("POST / HTTP/1.1", " Folded: first line\r\n"),
           Head("POST / HTTP/1.1", "A: b\r\n c\r\n"),
           Head("POST / HTTP/1.1", "A: b\r\n\tc\r\n"),
           Head("POST / HTTP/1.1", "N\xc3\xa4me: a\r\n"),
           Head("POST / HTTP/1.1", "Na(me: a\r\n"),
           Head("POST / HTTP/1.1", "Name: a\x01\r\n"),
           Head("POST / HTTP/1.1", "Name: a\x7f\r\n"),
           Head("POST / HTTP/1.1", "Name: a\nb\r\n"),
           Head("POST / HTTP/1.1", "Name: a\rb\r\n"),
           Head("POST / HTTP/1.1", std::string("Name: a\0b\r\n", 11)),
           Head("POST / HTTP/1.1", "Host: a\r\nHost: a\r\n"),
       }) {
    const absl::Status status = ParseHead(text).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << text;
    EXPECT_FALSE(status.message().empty());
  }
}

State Scanned(absl::string_view text, const HeadLimits& limits = HeadLimits()) {
  return HeadScanner().Scan(text, limits);
}

TEST(HeadScannerTest, FindsTheEndInWhateverPiecesItComes) {
  const std::string head = Head("\r\n\r\nPOST / HTTP/1.1", "A: b\r\nC:\td \xff\r\n");
  const std::string text = head + "body\r\n\r\n";
  for (size_t first = 0; first <= head.size(); ++first) {
    for (size_t second = first; second <= head.size(); ++second) {
      HeadScanner scanner;
      for (size_t end : {first, second}) {
        const State state = scanner.Scan(absl::string_view(text).substr(0, end), HeadLimits());
        ASSERT_EQ(state, end == head.size() ? State::kWhole : State::kMore) << first << " " << second;
        if (state == State::kWhole) break;
      }
      if (second < head.size()) {
        ASSERT_EQ(scanner.Scan(text, HeadLimits()), State::kWhole);
      }
      ASSERT_EQ(scanner.size(), head.size());
    }
  }
}

TEST(HeadScannerTest, RefusesWhatNoHeadHolds) {
  for (const absl::string_view text : {
           absl::string_view("POST / HTTP/1.1\nA: b\n\n"),  // Bare line ends.
           absl::string_view("POST / HTTP/1.1\r\nA: b\n"),
           absl::string_view("\n"),
           absl::string_view("POST / HTTP/1.1\rA"),
           absl::string_view("\r\r\n"),
           absl::string_view("POST\0/", 6),
           absl::string_view("\x16\x03\x01\x02", 4),  // A TLS handshake.
           absl::string_view("a\x7f"),
           absl::string_view("a\x1b"),
           absl::string_view("\x05\x01\x02", 3),
       }) {
    EXPECT_EQ(Scanned(text), State::kMalformed) << text;
  }
  EXPECT_EQ(Scanned("POST / HTTP/1.1\r\nA: b\r"), State::kMore);
}

// What is refused is refused at the same byte, and what is whole is, in whatever pieces it comes.
TEST(HeadScannerTest, SaysTheSameInWhateverPiecesItComes) {
  for (const absl::string_view text : {
           absl::string_view("POST / HTTP/1.1\r\nA: b\r\n\r\nbody"),
           absl::string_view("\r\n\r\nPOST / HTTP/1.1\r\n\r\n"),
           absl::string_view("POST / HTTP/1.1\r\nA: b\n\r\n"),
           absl::string_view("POST / HTTP/1.1\r\nA: b\rc\r\n\r\n"),
           absl::string_view("POST / HTTP/1.1\r\nA: \0\r\n\r\n", 25),
           absl::string_view("POST / HTTP/1.1\r\nA: b\r\nC: d\r\nE: f\r\n\r\n"),
           absl::string_view("POST /a-path-beyond-the-limit-of-bytes HTTP/1.1\r\n\r\n"),
       }) {
    const HeadLimits limits = {40, 3};
    HeadScanner at_once;
    const State expected = at_once.Scan(text, limits);
    for (size_t split = 0; split <= text.size(); ++split) {
      HeadScanner scanner;
      State state = scanner.Scan(text.substr(0, split), limits);
      if (state == State::kMore) state = scanner.Scan(text, limits);
      ASSERT_EQ(state, expected) << text << ", split at " << split;
      ASSERT_EQ(scanner.size(), at_once.size()) << text << ", split at " << split;
    }
  }
}

TEST(HeadScannerTest, RefusesTheFirstByteAndTheFirstLineBeyondTheLimits) {
  const std::string head = Head("POST / HTTP/1.1", "A: b\r\nC: d\r\n");
  EXPECT_EQ(Scanned(head, {head.size(), 3}), State::kWhole);
  EXPECT_EQ(Scanned(head, {head.size() - 1, 3}), State::kTooLarge);
  EXPECT_EQ(Scanned(head.substr(0, head.size() - 1), {head.size() - 1, 3}), State::kMore);
  EXPECT_EQ(Scanned(head, {head.size(), 2}), State::kTooLarge);
  EXPECT_EQ(Scanned(std::string(100, 'a'), {99, 3}), State::kTooLarge);
  // The limit may fall while a head comes.
  HeadScanner scanner;
  EXPECT_EQ(scanner.Scan(std::string(50, 'a'), {99, 3}), State::kMore);
  EXPECT_EQ(scanner.Scan(std::string(51, 'a'), {20, 3}), State::kTooLarge);
  std::string empty_lines;
  for (int i = 0; i < 50; ++i) empty_lines += "\r\n";
  EXPECT_EQ(Scanned(empty_lines, {99, 3}), State::kTooLarge);
}

}  // namespace
}  // namespace ampstream
