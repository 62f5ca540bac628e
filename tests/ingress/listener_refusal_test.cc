#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/ingress/listener.h"
#include "tests/ingress/raw_client.h"
#include "tests/ingress/recording_handler.h"

namespace ampstream {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

constexpr size_t kMaxBody = 1000;

// A request that never reaches the handler, and whose connection is closed after the answer.
class ListenerRefusalTest : public testing::Test {
 protected:
  ListenerRefusalTest() {
    Listener::Options options;
    options.address = "127.0.0.1:0";
    options.limits.max_body_bytes = kMaxBody;
    options.limits.max_bytes_in_flight = 1500;
    absl::StatusOr<std::unique_ptr<Listener>> listener = Listener::Start(options, handler_);
    EXPECT_TRUE(listener.ok()) << listener.status();
    if (listener.ok()) listener_ = *std::move(listener);
  }

  // Sends a request, and one more behind it that must not be taken for a request.
  RawClient::Answer Refused(absl::string_view request) {
    RawClient client(listener_->address());
    EXPECT_TRUE(client.Send(absl::StrCat(request, PostOf("/smuggled", "x"))));
    RawClient::Answer answer = client.ReadAnswer();
    EXPECT_EQ(answer.Header("connection"), "close") << request.substr(0, 200);
    EXPECT_EQ(answer.headers.count("keep-alive"), 0u);
    EXPECT_TRUE(client.AtEnd()) << request.substr(0, 200);
    EXPECT_THAT(handler_.bodies(), IsEmpty()) << request.substr(0, 200);
    return answer;
  }

  void ExpectRefused(absl::string_view request, int status, absl::string_view reason) {
    const RawClient::Answer answer = Refused(request);
    EXPECT_EQ(answer.status, status) << request.substr(0, 200);
    EXPECT_THAT(answer.body, HasSubstr(absl::StrCat(R"("reason":")", reason, "\""))) << request.substr(0, 200);
  }

  RecordingHandler handler_;
  std::unique_ptr<Listener> listener_;
};

std::string HeadWith(absl::string_view header_lines) {
  return absl::StrCat("POST /in HTTP/1.1\r\nHost: test\r\n", header_lines, "\r\n");
}

TEST_F(ListenerRefusalTest, ByTheHandlerBeforeTheBodyIsRead) {
  ExpectRefused(PostOf("/refused", "body"), 404, "NOT_FOUND");
}

TEST_F(ListenerRefusalTest, IsReadWholeThoughALargeBodyIsNot) {
  const std::string body(8 << 20, 'b');
  for (const absl::string_view path : {"/refused", "/in"}) {
    RawClient client(listener_->address());
    EXPECT_TRUE(client.Send(PostOf(path, body)));
    EXPECT_EQ(client.ReadAnswer().status, path == "/in" ? 413 : 404);
    EXPECT_TRUE(client.AtEnd());
  }
  EXPECT_THAT(handler_.bodies(), IsEmpty());
}

TEST_F(ListenerRefusalTest, ComesBeforeTheBodyIsSent) {
  RawClient client(listener_->address());
  ASSERT_TRUE(client.Send(HeadWith("Content-Length: 1001\r\n")));
  EXPECT_EQ(client.ReadAnswer().status, 413);
  client.EndSending();
  EXPECT_TRUE(client.AtEnd());
}

TEST_F(ListenerRefusalTest, OfABodyOverTheLimitNamesTheLimit) {
  const RawClient::Answer answer = Refused(PostOf("/in", std::string(kMaxBody + 1, 'x')));
  EXPECT_EQ(answer.status, 413);
  EXPECT_THAT(answer.body, HasSubstr("1001 bytes"));
  EXPECT_THAT(answer.body, HasSubstr("1000 that are allowed"));
  ExpectRefused(HeadWith("Content-Length: 18446744073709551615\r\n"), 413, "BODY_TOO_LARGE");
}

TEST_F(ListenerRefusalTest, DoesNotMeetABodyAtTheLimit) {
  RawClient client(listener_->address());
  ASSERT_TRUE(client.Send(PostOf("/in", std::string(kMaxBody, 'x'))));
  EXPECT_EQ(client.ReadAnswer().status, 200);
}

TEST_F(ListenerRefusalTest, OfARequestWithoutALength) { ExpectRefused(HeadWith(""), 411, "LENGTH_REQUIRED"); }

TEST_F(ListenerRefusalTest, OfALengthThatIsNone) {
  for (const absl::string_view length : {"abc", "-1", "+5", "1x", "0x10", "1e2", "1 2", "1,1", "1.0"}) {
    ExpectRefused(HeadWith(absl::StrCat("Content-Length: ", length, "\r\n")), 400, "MALFORMED_REQUEST");
  }
}

TEST_F(ListenerRefusalTest, OfALengthBeyondEveryNumber) {
  ExpectRefused(HeadWith("Content-Length: 18446744073709551616\r\n"), 413, "BODY_TOO_LARGE");
}

TEST_F(ListenerRefusalTest, OfALargeHead) {
  ExpectRefused(HeadWith(absl::StrCat("Content-Length: 1\r\nX-Large: ", std::string(20000, 'a'), "\r\n")), 431,
                "HEADERS_TOO_LARGE");
  std::string many = "Content-Length: 1\r\n";
  for (int i = 0; i < 5000; ++i) many += "a: b\r\n";
  ExpectRefused(HeadWith(many), 431, "HEADERS_TOO_LARGE");
}

TEST_F(ListenerRefusalTest, OfARepeatedLength) {
  ExpectRefused(HeadWith("Content-Length: 1\r\nContent-Length: 2\r\n"), 400, "MALFORMED_REQUEST");
  ExpectRefused(HeadWith("Content-Length: 1\r\ncontent-length: 1\r\n"), 400, "MALFORMED_REQUEST");
}

TEST_F(ListenerRefusalTest, OfBothLengths) {
  ExpectRefused(HeadWith("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n"), 400, "MALFORMED_REQUEST");
  ExpectRefused(HeadWith("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n"), 400, "MALFORMED_REQUEST");
}

TEST_F(ListenerRefusalTest, OfATransferEncoding) {
  ExpectRefused(absl::StrCat(HeadWith("Transfer-Encoding: chunked\r\n"), "4\r\nbody\r\n0\r\n\r\n"), 501,
                "TRANSFER_ENCODING_UNSUPPORTED");
  ExpectRefused(HeadWith("Transfer-Encoding: gzip, chunked\r\n"), 501, "TRANSFER_ENCODING_UNSUPPORTED");
  ExpectRefused(HeadWith("transfer-encoding: identity\r\n"), 501, "TRANSFER_ENCODING_UNSUPPORTED");
}

TEST_F(ListenerRefusalTest, OfAContentEncoding) {
  for (const absl::string_view encoding : {"gzip", "br", "deflate", "GZIP", "identity, gzip", "zstd"}) {
    ExpectRefused(PostOf("/in", "x", absl::StrCat("Content-Encoding: ", encoding, "\r\n")), 415,
                  "UNSUPPORTED_MEDIA_TYPE");
  }
}

TEST_F(ListenerRefusalTest, OfASecondContentEncodingToo) {
  ExpectRefused(PostOf("/in", "x", "Content-Encoding: identity\r\nContent-Encoding: gzip\r\n"), 415,
                "UNSUPPORTED_MEDIA_TYPE");
}

TEST_F(ListenerRefusalTest, DoesNotMeetABodyThatSaysItIsNotEncoded) {
  RawClient client(listener_->address());
  ASSERT_TRUE(client.Send(PostOf("/in", "x", "Content-Encoding: identity\r\n")));
  EXPECT_EQ(client.ReadAnswer().status, 200);
}

TEST_F(ListenerRefusalTest, OfARequestThatIsNone) {
  for (const absl::string_view request : {
           "nonsense\r\n\r\n",
           "POST /in\r\n\r\n",
           "BR(W /in HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
           "POST /in HTTP/9.9\r\nContent-Length: 0\r\n\r\n",
       }) {
    ExpectRefused(request, 400, "MALFORMED_REQUEST");
  }
}

TEST_F(ListenerRefusalTest, OfMoreHeadersThanARequestMaySend) {
  std::string lines;
  while (lines.size() < 200000) absl::StrAppend(&lines, "X-Header: ", std::string(1000, 'h'), "\r\n");
  EXPECT_GE(Refused(HeadWith(absl::StrCat(lines, "Content-Length: 0\r\n"))).status, 400);
}

// The head that is refused needs no body, so none is asked for.
TEST_F(ListenerRefusalTest, SaysNoContinueToAClientThatWaitsForIt) {
  RawClient client(listener_->address());
  ASSERT_TRUE(client.Send(HeadWith("Content-Length: 1001\r\nExpect: 100-continue\r\n")));
  EXPECT_EQ(client.ReadAnswer().status, 413);
  client.EndSending();
  EXPECT_TRUE(client.AtEnd());
}

TEST_F(ListenerRefusalTest, OfWhatThereIsNoMemoryForNow) {
  handler_.Hold();
  RawClient first(listener_->address());
  ASSERT_TRUE(first.Send(PostOf("/in", std::string(900, '1'))));
  ASSERT_TRUE(handler_.WaitForBodies(1));
  RawClient second(listener_->address());
  ASSERT_TRUE(second.Send(PostOf("/in", std::string(601, '2'))));
  const RawClient::Answer refusal = second.ReadAnswer();
  EXPECT_EQ(refusal.status, 503);
  EXPECT_EQ(refusal.Header("retry-after"), "1");
  EXPECT_THAT(refusal.body, HasSubstr(R"("reason":"OVERLOADED")"));
  EXPECT_TRUE(second.AtEnd());
  // What was refused holds no memory, and what fits is taken.
  RawClient third(listener_->address());
  ASSERT_TRUE(third.Send(PostOf("/in", std::string(600, '3'))));
  ASSERT_TRUE(handler_.WaitForBodies(2));
  handler_.Release();
  EXPECT_EQ(first.ReadAnswer().status, 200);
  EXPECT_EQ(third.ReadAnswer().status, 200);
  RawClient later(listener_->address());
  ASSERT_TRUE(later.Send(PostOf("/in", std::string(1000, '4'))));
  EXPECT_EQ(later.ReadAnswer().status, 200);
}

}  // namespace
}  // namespace ampstream
