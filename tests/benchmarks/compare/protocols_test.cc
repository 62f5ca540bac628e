#include "tests/benchmarks/compare/protocols.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/benchmarks/track_json.h"

namespace ampstream {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::EndsWith;
using ::testing::HasSubstr;

const std::vector<std::string> kEvents = {"first\r\nMSG events 1 3\r\n", std::string("\0\xff", 2), "x"};

// What a subscriber is handed of bytes that come in pieces of one size, and what it replies.
struct Received {
  std::vector<std::string> events;
  std::string replies;
};

Received Deliver(const SubscribeProtocol& protocol, absl::string_view bytes, size_t piece) {
  Received all;
  std::string received;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) {
    absl::StrAppend(&received, bytes.substr(0, piece));
    std::string reply;
    received.erase(0, protocol.Deliver(
                          received, [&all](int, absl::string_view event) { all.events.emplace_back(event); }, &reply));
    all.replies += reply;
  }
  EXPECT_EQ(received, "");
  return all;
}

// How many answers are counted in the same way; -1 where one says no.
int64_t Count(const PublishProtocol& protocol, absl::string_view bytes, size_t piece) {
  int64_t count = 0;
  std::string received;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) {
    absl::StrAppend(&received, bytes.substr(0, piece));
    size_t done = 0;
    const absl::StatusOr<int64_t> answers = protocol.Answers(received, &done);
    if (!answers.ok()) return -1;
    count += *answers;
    received.erase(0, done);
  }
  return count;
}

const std::vector<size_t> kPieces = {1, 2, 7, 1000};

TEST(ProtocolsTest, DeliversWhatNatsSendsInAnyPieces) {
  std::string bytes = "INFO {}\r\nPONG\r\n";
  for (const std::string& event : kEvents)
    absl::StrAppend(&bytes, "MSG events 1 ", event.size(), "\r\n", event, "\r\n");
  absl::StrAppend(&bytes, "PING\r\n");
  for (const size_t piece : kPieces)
    EXPECT_THAT(Deliver(*NatsSubscribe(), bytes, piece).events, ElementsAreArray(kEvents)) << piece;
}

TEST(ProtocolsTest, TellsTheSubscribersOfOneConnectionApart) {
  EXPECT_THAT(NatsSubscribe()->Request(5, 2, From::kLatest),
              HasSubstr("SUB events 0\r\nSUB events 1\r\nSUB events 2\r\nPING\r\n"));
  std::vector<int> places;
  std::string reply;
  NatsSubscribe()->Deliver(
      "MSG events 2 1\r\nx\r\nMSG events 0 1\r\nx\r\n",
      [&places](int place, absl::string_view) { places.push_back(place); }, &reply);
  EXPECT_THAT(places, ElementsAre(2, 0));
}

TEST(ProtocolsTest, DeliversWhatJetStreamSendsAndAnswersItsFlowControl) {
  std::string bytes = "INFO {}\r\nMSG _INBOX.consumer.0 2 20\r\n{\"push_bound\":true }\r\n";
  for (const std::string& event : kEvents)
    absl::StrAppend(&bytes, "MSG events 1 $JS.ACK.1 ", event.size(), "\r\n", event, "\r\n");
  absl::StrAppend(&bytes, "HMSG _INBOX.events.0 1 $JS.FC.7 35 35\r\nNATS/1.0 100 FlowControl Request\r\n\r\n\r\n");
  absl::StrAppend(&bytes, "HMSG _INBOX.events.0 1 30 30\r\nNATS/1.0 100 Idle Heartbea\r\n\r\n\r\n");
  for (const size_t piece : kPieces) {
    const Received received = Deliver(*JetStreamSubscribe(), bytes, piece);
    EXPECT_THAT(received.events, ElementsAreArray(kEvents)) << piece;
    EXPECT_EQ(received.replies, "PUB $JS.FC.7 0\r\n\r\n") << piece;
  }
}

TEST(ProtocolsTest, DeliversWhatRedisSendsInAnyPieces) {
  std::string bytes = "*3\r\n$9\r\nsubscribe\r\n$6\r\nevents\r\n:1\r\n";
  for (const std::string& event : kEvents)
    absl::StrAppend(&bytes, "*3\r\n$7\r\nmessage\r\n$6\r\nevents\r\n$", event.size(), "\r\n", event, "\r\n");
  for (const size_t piece : kPieces)
    EXPECT_THAT(Deliver(*RedisSubscribe(), bytes, piece).events, ElementsAreArray(kEvents)) << piece;
}

TEST(ProtocolsTest, AsksARedisStreamForWhatFollowsOnTheLast) {
  std::string bytes = "*1\r\n*2\r\n$6\r\nevents\r\n*3\r\n";
  int id = 0;
  for (const std::string& event : kEvents)
    absl::StrAppend(&bytes, "*2\r\n$3\r\n9-", id++, "\r\n*2\r\n$1\r\ne\r\n$", event.size(), "\r\n", event, "\r\n");
  for (const size_t piece : kPieces) {
    const Received received = Deliver(*RedisStreamSubscribe(), bytes, piece);
    EXPECT_THAT(received.events, ElementsAreArray(kEvents)) << piece;
    EXPECT_THAT(received.replies, HasSubstr("$6\r\nevents\r\n$3\r\n9-2\r\n")) << piece;
  }
}

// How often it stands there.
int64_t CountOf(absl::string_view what, absl::string_view text) {
  return static_cast<int64_t>(std::vector<absl::string_view>(absl::StrSplit(text, what)).size()) - 1;
}

TEST(ProtocolsTest, PublishesEveryEventOfABatch) {
  const EventBatch batch{7, 2};
  const std::string nats = NatsPublish()->Request(0, batch);
  EXPECT_EQ(CountOf("PUB events ", nats), 2);
  EXPECT_THAT(nats, EndsWith("\r\nPING\r\n"));
  EXPECT_EQ(CountOf("PUB events _INBOX.sender.3 ", JetStreamPublish()->Request(3, batch)), 2);
  EXPECT_EQ(CountOf("*3\r\n$7\r\nPUBLISH\r\n$6\r\nevents\r\n$", RedisPublish()->Request(0, batch)), 2);
  EXPECT_EQ(CountOf("*5\r\n$4\r\nXADD\r\n$6\r\nevents\r\n$1\r\n*\r\n", RedisStreamPublish()->Request(0, batch)), 2);
  EXPECT_THAT(WebhookPublish()->Request(0, batch), HasSubstr(Json(batch)));
}

TEST(ProtocolsTest, GivesBrokersAsManyBytesAnEventAsAreDelivered) {
  const std::vector<std::string> events = Encoded({7, 2});
  ASSERT_EQ(events.size(), 2);
  EXPECT_EQ(events[0].size(), 485);
  EXPECT_EQ(NumberIn(events[1]), 8);
}

TEST(ProtocolsTest, CountsTheAnswersInAnyPieces) {
  const EventBatch batch{0, 2};
  const std::string webhook = "HTTP/1.1 200 OK\r\nContent-Length: 31\r\n\r\n{\"accepted\":2,\"duplicates\":0  }";
  const std::string stored = "MSG _INBOX.sender.0 2 28\r\n{\"stream\":\"events\",\"seq\":10}\r\n";
  for (const size_t piece : kPieces) {
    EXPECT_EQ(Count(*NatsPublish(), "INFO {}\r\nPONG\r\n", piece), NatsPublish()->AnswersTo(batch)) << piece;
    EXPECT_EQ(Count(*JetStreamPublish(), absl::StrCat("INFO {}\r\n", stored, stored), piece),
              JetStreamPublish()->AnswersTo(batch))
        << piece;
    EXPECT_EQ(Count(*RedisPublish(), ":10\r\n:10\r\n", piece), RedisPublish()->AnswersTo(batch)) << piece;
    EXPECT_EQ(Count(*RedisStreamPublish(), "$3\r\n9-0\r\n$3\r\n9-1\r\n", piece), RedisStreamPublish()->AnswersTo(batch))
        << piece;
    EXPECT_EQ(Count(*WebhookPublish(), webhook, piece), WebhookPublish()->AnswersTo(batch)) << piece;
  }
}

TEST(ProtocolsTest, NoticesARefusal) {
  EXPECT_EQ(Count(*NatsPublish(), "-ERR 'Maximum Payload Violation'\r\n", 1000), -1);
  EXPECT_EQ(Count(*JetStreamPublish(), "MSG _INBOX.sender.0 2 12\r\n{\"error\":{}}\r\n", 1000), -1);
  EXPECT_EQ(Count(*RedisPublish(), "-OOM command not allowed\r\n", 1000), -1);
  EXPECT_EQ(Count(*RedisStreamPublish(), "-WRONGTYPE\r\n", 1000), -1);
  EXPECT_EQ(Count(*WebhookPublish(), "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n", 1000), -1);
}

}  // namespace
}  // namespace ampstream
