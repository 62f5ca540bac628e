#include "tests/benchmarks/compare/broker.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ampstream {
namespace {

using testing::ElementsAreArray;

const std::vector<std::string> kEvents = {"first\r\nMSG events 1 3\r\n", std::string("\0\xff", 2), ""};

// What is delivered of bytes that come in pieces of one size.
std::vector<std::string> Delivered(const Broker& broker, absl::string_view bytes, size_t piece) {
  std::vector<std::string> events;
  std::string received;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) {
    absl::StrAppend(&received, bytes.substr(0, piece));
    received.erase(0, broker.Deliver(received, [&events](absl::string_view event) { events.emplace_back(event); }));
  }
  EXPECT_EQ(received, "");
  return events;
}

// How many answers are counted in the same way.
int64_t Counted(const Broker& broker, absl::string_view bytes, size_t piece) {
  int64_t answers = 0;
  std::string received;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) {
    absl::StrAppend(&received, bytes.substr(0, piece));
    size_t whole = 0;
    answers += broker.Answers(received, &whole);
    received.erase(0, whole);
  }
  return answers;
}

TEST(BrokerTest, DeliversWhatNatsSendsInAnyPieces) {
  std::string bytes = "INFO {}\r\n";
  for (const std::string& event : kEvents)
    absl::StrAppend(&bytes, "MSG events 1 ", event.size(), "\r\n", event, "\r\n");
  absl::StrAppend(&bytes, "PING\r\n");
  for (const size_t piece : {size_t{1}, size_t{2}, size_t{7}, bytes.size()})
    EXPECT_THAT(Delivered(NatsBroker(), bytes, piece), ElementsAreArray(kEvents)) << piece;
}

TEST(BrokerTest, DeliversWhatRedisSendsInAnyPieces) {
  std::string bytes;
  for (const std::string& event : kEvents)
    absl::StrAppend(&bytes, "*3\r\n$7\r\nmessage\r\n$6\r\nevents\r\n$", event.size(), "\r\n", event, "\r\n");
  for (const size_t piece : {size_t{1}, size_t{2}, size_t{7}, bytes.size()})
    EXPECT_THAT(Delivered(RedisBroker(), bytes, piece), ElementsAreArray(kEvents)) << piece;
}

TEST(BrokerTest, PublishesAllAtOnce) {
  EXPECT_EQ(NatsBroker().PublishRequest({"a", "bc"}), "PUB events 1\r\na\r\nPUB events 2\r\nbc\r\nPING\r\n");
  EXPECT_EQ(RedisBroker().PublishRequest({"a"}), "*3\r\n$7\r\nPUBLISH\r\n$6\r\nevents\r\n$1\r\na\r\n");
}

TEST(BrokerTest, CountsTheAnswersInAnyPieces) {
  const std::vector<std::string> events = {"a", "b"};
  for (const size_t piece : {1, 2, 7, 100}) {
    EXPECT_EQ(Counted(NatsBroker(), "INFO {}\r\nPONG\r\n", piece), NatsBroker().AnswersTo(events)) << piece;
    EXPECT_EQ(Counted(RedisBroker(), ":10\r\n:10\r\n", piece), RedisBroker().AnswersTo(events)) << piece;
  }
}

}  // namespace
}  // namespace ampstream
