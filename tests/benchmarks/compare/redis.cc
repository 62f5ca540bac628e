#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "tests/benchmarks/compare/protocols.h"

namespace ampstream {
namespace {

constexpr absl::string_view kLineEnd = "\r\n";
constexpr absl::string_view kSubscribed = "*3\r\n$9\r\nsubscribe\r\n$6\r\nevents\r\n:1\r\n";
constexpr absl::string_view kMessage = "*3\r\n$7\r\nmessage\r\n$6\r\nevents\r\n";
constexpr absl::string_view kReadReply = "*1\r\n*2\r\n$6\r\nevents\r\n*";
constexpr absl::string_view kEntry = "*2\r\n";
constexpr absl::string_view kFields = "*2\r\n$1\r\ne\r\n";
constexpr int kEntriesAtOnce = 100;

std::string Bulk(absl::string_view text) { return absl::StrCat("$", text.size(), kLineEnd, text, kLineEnd); }

// Each takes something off the beginning of `rest`. False: it is not there, or not whole.
bool TakeLine(absl::string_view* rest, int64_t* number) {
  const size_t end = rest->find(kLineEnd);
  if (end == absl::string_view::npos || !absl::SimpleAtoi(rest->substr(0, end), number)) return false;
  rest->remove_prefix(end + kLineEnd.size());
  return true;
}

bool TakeBulk(absl::string_view* rest, absl::string_view* text) {
  int64_t size = 0;
  if (!absl::ConsumePrefix(rest, "$") || !TakeLine(rest, &size)) return false;
  const size_t whole = static_cast<size_t>(size) + kLineEnd.size();
  if (rest->size() < whole) return false;
  *text = rest->substr(0, static_cast<size_t>(size));
  rest->remove_prefix(whole);
  return true;
}

// How many answers of `lines` lines each have come.
absl::StatusOr<int64_t> CountAnswers(absl::string_view received, int64_t lines, size_t* done) {
  int64_t answers = 0;
  *done = 0;
  int64_t seen = 0;
  for (size_t at = 0, end; (end = received.find(kLineEnd, at)) != absl::string_view::npos;) {
    if (received[at] == '-') return absl::InternalError(received.substr(at, end - at));
    at = end + kLineEnd.size();
    if (++seen % lines != 0) continue;
    ++answers;
    *done = at;
  }
  return answers;
}

class PubSub final : public PublishProtocol {
 public:
  std::string Request(int, const EventBatch& batch) const override {
    std::string request;
    for (const std::string& event : Encoded(batch))
      absl::StrAppend(&request, "*3\r\n", Bulk("PUBLISH"), Bulk("events"), Bulk(event));
    return request;
  }
  int64_t AnswersTo(const EventBatch& batch) const override { return batch.count; }
  // A line each: to how many subscribers it went.
  absl::StatusOr<int64_t> Answers(absl::string_view received, size_t* done) const override {
    return CountAnswers(received, 1, done);
  }
};

class PubSubSubscribe final : public SubscribeProtocol {
 public:
  std::string Request(int, int, From) const override {
    return absl::StrCat("*2\r\n", Bulk("SUBSCRIBE"), Bulk("events"));
  }
  absl::string_view Answer() const override { return kSubscribed; }

  size_t Deliver(absl::string_view received, Deliverer deliver, std::string*) const override {
    const size_t size = received.size();
    absl::ConsumePrefix(&received, kSubscribed);
    size_t taken = size - received.size();
    for (absl::string_view event; absl::ConsumePrefix(&received, kMessage) && TakeBulk(&received, &event);) {
      deliver(0, event);
      taken = size - received.size();
    }
    return taken;
  }
};

class Streams final : public PublishProtocol {
 public:
  std::string Request(int, const EventBatch& batch) const override {
    std::string request;
    for (const std::string& event : Encoded(batch))
      absl::StrAppend(&request, "*5\r\n", Bulk("XADD"), Bulk("events"), Bulk("*"), Bulk("e"), Bulk(event));
    return request;
  }
  int64_t AnswersTo(const EventBatch& batch) const override { return batch.count; }
  // The entry's id: its size on a line, itself on another.
  absl::StatusOr<int64_t> Answers(absl::string_view received, size_t* done) const override {
    return CountAnswers(received, 2, done);
  }
};

class StreamsSubscribe final : public SubscribeProtocol {
 public:
  // The stream is empty, or all of it is wanted.
  std::string Request(int, int, From) const override { return Read("0"); }
  absl::string_view Answer() const override { return ""; }

  size_t Deliver(absl::string_view received, Deliverer deliver, std::string* reply) const override {
    absl::string_view rest = received;
    int64_t entries = 0;
    if (!absl::ConsumePrefix(&rest, kReadReply) || !TakeLine(&rest, &entries)) return 0;
    const absl::string_view first = rest;
    absl::string_view id;
    absl::string_view event;
    for (int64_t i = 0; i < entries; ++i)
      if (!TakeEntry(&rest, &id, &event)) return 0;  // The next one is asked for when all are there.
    *reply = Read(id);
    rest = first;
    for (int64_t i = 0; i < entries && TakeEntry(&rest, &id, &event); ++i) deliver(0, event);
    return received.size() - rest.size();
  }

 private:
  static std::string Read(absl::string_view after) {
    return absl::StrCat("*8\r\n", Bulk("XREAD"), Bulk("COUNT"), Bulk(absl::StrCat(kEntriesAtOnce)), Bulk("BLOCK"),
                        Bulk("0"), Bulk("STREAMS"), Bulk("events"), Bulk(after));
  }

  static bool TakeEntry(absl::string_view* rest, absl::string_view* id, absl::string_view* event) {
    return absl::ConsumePrefix(rest, kEntry) && TakeBulk(rest, id) && absl::ConsumePrefix(rest, kFields) &&
           TakeBulk(rest, event);
  }
};

}  // namespace

std::unique_ptr<PublishProtocol> RedisPublish() { return std::make_unique<PubSub>(); }

std::unique_ptr<SubscribeProtocol> RedisSubscribe() { return std::make_unique<PubSubSubscribe>(); }

std::unique_ptr<PublishProtocol> RedisStreamPublish() { return std::make_unique<Streams>(); }

std::unique_ptr<SubscribeProtocol> RedisStreamSubscribe() { return std::make_unique<StreamsSubscribe>(); }

}  // namespace ampstream
