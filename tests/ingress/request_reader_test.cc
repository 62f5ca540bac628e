#include "server/ingress/request_reader.h"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/ingress/framing.h"

namespace ampstream {
namespace {

using testing::HasSubstr;
using State = RequestReader::State;

constexpr unsigned kSeed = 20261125;
constexpr HeadLimits kLimits = {400, 20};

std::string RequestOf(absl::string_view path, absl::string_view body) {
  return absl::StrCat("POST ", path, " HTTP/1.1\r\nContent-Length: ", body.size(), "\r\n\r\n", body);
}

// Reads as the loop does: at most what is wanted, at most `most` at once. Takes each request that is whole.
class Reading {
 public:
  explicit Reading(std::string text) : text_(std::move(text)) {}

  // False: no more is wanted, or there is no more.
  bool Feed(size_t most) {
    const size_t size = std::min({most, reader_.wanted(kLimits), text_.size() - fed_});
    if (size == 0) return false;
    reader_.Append(absl::string_view(text_).substr(fed_, size), kLimits);
    fed_ += size;
    Step();
    return true;
  }

  const std::vector<HttpRequest>& requests() const { return requests_; }
  RequestReader& reader() { return reader_; }

 private:
  void Step() {
    for (;;) {
      EXPECT_LE(reader_.head_memory(), 2 * kLimits.max_bytes + 32);
      if (reader_.state() == State::kHeadWhole) {
        size_ = BodySize(reader_.head());
        reader_.ExpectBody(size_);
      } else if (reader_.state() == State::kWhole) {
        EXPECT_LE(reader_.body_memory(), size_ + 32);
        requests_.push_back(reader_.Take(kLimits));
      } else {
        return;
      }
    }
  }

  const std::string text_;
  size_t fed_ = 0;
  size_t size_ = 0;
  RequestReader reader_;
  std::vector<HttpRequest> requests_;
};

TEST(RequestReaderTest, PutsRequestsTogetherFromWhateverPieces) {
  std::mt19937 random(kSeed);
  for (int turn = 0; turn < 300; ++turn) {
    SCOPED_TRACE(absl::StrCat("seed ", kSeed, ", turn ", turn));
    std::string text;
    std::vector<std::string> bodies;
    for (int i = 0; i < 10; ++i) {
      bodies.emplace_back(random() % 5 == 0 ? random() % 3000 : random() % 50, static_cast<char>('a' + i));
      text += RequestOf(absl::StrCat("/", i), bodies.back());
    }
    Reading reading(text);
    while (reading.Feed(1 + random() % (turn % 3 == 0 ? 5 : 2000))) {
    }
    EXPECT_EQ(reading.reader().state(), State::kIdle);
    EXPECT_EQ(reading.reader().head_memory() + reading.reader().body_memory(), 0u);
    ASSERT_EQ(reading.requests().size(), bodies.size());
    for (size_t i = 0; i < bodies.size(); ++i) {
      EXPECT_EQ(reading.requests()[i].head.path, absl::StrCat("/", i));
      EXPECT_EQ(reading.requests()[i].body, bodies[i]);
    }
  }
}

TEST(RequestReaderTest, WaitsForItsOwnerBetweenHeadAndBody) {
  RequestReader reader;
  EXPECT_EQ(reader.state(), State::kIdle);
  reader.Append("POST / HTTP/1.1\r\n", kLimits);
  EXPECT_EQ(reader.state(), State::kHead);
  reader.Append("Content-Length: 3\r\n\r\nab", kLimits);
  EXPECT_EQ(reader.state(), State::kHeadWhole);
  EXPECT_EQ(reader.wanted(kLimits), 0u);
  reader.ExpectBody(3);
  EXPECT_EQ(reader.state(), State::kBody);
  EXPECT_EQ(reader.wanted(kLimits), 1u);
  reader.Append("c", kLimits);
  EXPECT_EQ(reader.state(), State::kWhole);
  EXPECT_EQ(reader.wanted(kLimits), 0u);
  EXPECT_EQ(reader.Take(kLimits).body, "abc");
  EXPECT_EQ(reader.state(), State::kIdle);
}

TEST(RequestReaderTest, RefusesWhatIsMalformedOrTooLarge) {
  const auto refused = [](const std::string& text) {
    Reading reading(text);
    while (reading.Feed(7)) {
    }
    EXPECT_EQ(reading.reader().state(), State::kRefused) << text;
    EXPECT_EQ(reading.reader().wanted(kLimits), 0u);
    return absl::StrCat(reading.requests().size(), " then ", reading.reader().refusal().status);
  };
  EXPECT_EQ(refused("\x16\x03\x01"), "0 then 400");
  EXPECT_EQ(refused("POST /% HTTP/1.1\r\n\r\n"), "0 then 400");
  EXPECT_EQ(refused(std::string(401, 'a')), "0 then 431");
  std::string lines = "POST / HTTP/1.1\r\n";
  for (int i = 0; i < 20; ++i) lines += "a: b\r\n";
  EXPECT_EQ(refused(lines), "0 then 431");
  EXPECT_EQ(refused(RequestOf("/", "body") + RequestOf("/", "") + "garbage\n"), "2 then 400");
}

// A head that waits for its body is held, whatever has become of its bytes.
TEST(RequestReaderTest, CountsAHeadThatWaitsForItsBody) {
  const std::string value(300, 'v');
  RequestReader reader;
  reader.Append(absl::StrCat("POST /in HTTP/1.1\r\nContent-Length: 1\r\nX: ", value, "\r\n\r\n"), kLimits);
  reader.ExpectBody(1);
  ASSERT_EQ(reader.state(), State::kBody);
  EXPECT_GE(reader.head_memory(), value.size());
  reader.Clear();
  EXPECT_EQ(reader.head_memory(), 0u);
  EXPECT_EQ(reader.state(), State::kIdle);
}

}  // namespace
}  // namespace ampstream
