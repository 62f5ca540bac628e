#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/benchmarks/compare/protocols.h"

namespace ampstream {
namespace {

constexpr absl::string_view kLineEnd = "\r\n";
constexpr absl::string_view kPong = "PONG\r\n";
constexpr absl::string_view kConnect =
    "CONNECT {\"verbose\":false,\"pedantic\":false,\"headers\":true,\"no_responders\":true}\r\n";
// The subscriptions' numbers.
constexpr absl::string_view kEvents = "1";
constexpr absl::string_view kInbox = "2";

std::string Publish(absl::string_view subject, absl::string_view reply, absl::string_view bytes) {
  return absl::StrCat("PUB ", subject, " ", reply, reply.empty() ? "" : " ", bytes.size(), kLineEnd, bytes, kLineEnd);
}

// One message of what a server sends; a line that is none has an empty `kind`.
struct Message {
  absl::string_view kind;  // MSG, or HMSG: with headers.
  absl::string_view subscription;
  absl::string_view reply;
  absl::string_view content;
};

// Takes the first off `received`. False: it is not whole.
bool Take(absl::string_view* received, Message* message) {
  *message = {};
  const size_t line_end = received->find(kLineEnd);
  if (line_end == absl::string_view::npos) return false;
  const absl::string_view line = received->substr(0, line_end);
  size_t whole = line_end + kLineEnd.size();
  if (absl::StartsWith(line, "MSG ") || absl::StartsWith(line, "HMSG ")) {
    // KIND subject subscription [reply] [header size] size
    const std::vector<absl::string_view> words = absl::StrSplit(line, ' ');
    const size_t sizes = words[0] == "HMSG" ? 2 : 1;
    size_t size = 0;
    if (!absl::SimpleAtoi(words.back(), &size) || received->size() < whole + size + kLineEnd.size()) return false;
    *message = {words[0], words[2], words.size() == 4 + sizes ? words[3] : "", received->substr(whole, size)};
    whole += size + kLineEnd.size();
  }
  received->remove_prefix(whole);
  return true;
}

class Core final : public PublishProtocol {
 public:
  std::string Greeting(int) const override { return std::string(kConnect); }

  // Before its PONG, all that was published has been handed to the subscribers' connections.
  std::string Request(int, const EventBatch& batch) const override {
    std::string request;
    for (const std::string& event : Encoded(batch)) absl::StrAppend(&request, Publish("events", "", event));
    return absl::StrCat(request, "PING\r\n");
  }
  int64_t AnswersTo(const EventBatch&) const override { return 1; }
  absl::StatusOr<int64_t> Answers(absl::string_view received, size_t* done) const override {
    const size_t size = received.size();
    int64_t pongs = 0;
    for (size_t end; (end = received.find(kLineEnd)) != absl::string_view::npos;) {
      if (absl::StartsWith(received, "-ERR")) return absl::InternalError(received.substr(0, end));
      if (absl::StartsWith(received, kPong)) ++pongs;
      received.remove_prefix(end + kLineEnd.size());
    }
    *done = size - received.size();
    return pongs;
  }
};

class CoreSubscribe final : public SubscribeProtocol {
 public:
  // The subscriptions are numbered by their places.
  std::string Request(int, int more, From) const override {
    std::string request(kConnect);
    for (int place = 0; place <= more; ++place) absl::StrAppend(&request, "SUB events ", place, kLineEnd);
    return absl::StrCat(request, "PING\r\n");
  }
  absl::string_view Answer() const override { return kPong; }

  size_t Deliver(absl::string_view received, Deliverer deliver, std::string*) const override {
    const size_t size = received.size();
    for (Message message; Take(&received, &message);) {
      int place = 0;
      if (!message.kind.empty() && absl::SimpleAtoi(message.subscription, &place)) deliver(place, message.content);
    }
    return size - received.size();
  }
};

class JetStream final : public PublishProtocol {
 public:
  std::string Greeting(int connection) const override {
    return absl::StrCat(kConnect, "SUB ", Inbox(connection), " ", kInbox, kLineEnd);
  }
  std::string Request(int connection, const EventBatch& batch) const override {
    std::string request;
    for (const std::string& event : Encoded(batch))
      absl::StrAppend(&request, Publish("events", Inbox(connection), event));
    return request;
  }
  int64_t AnswersTo(const EventBatch& batch) const override { return batch.count; }

  // {"stream":"events","seq":1}, or an error.
  absl::StatusOr<int64_t> Answers(absl::string_view received, size_t* done) const override {
    const size_t size = received.size();
    int64_t stored = 0;
    for (Message message; Take(&received, &message);) {
      if (message.subscription != kInbox) continue;
      if (message.kind == "HMSG" || absl::StrContains(message.content, "\"error\""))
        return absl::InternalError(absl::StrCat("JetStream refused an event: ", message.content));
      ++stored;
    }
    *done = size - received.size();
    return stored;
  }

 private:
  static std::string Inbox(int connection) { return absl::StrCat("_INBOX.sender.", connection); }
};

class JetStreamConsumer final : public SubscribeProtocol {
 public:
  std::string Request(int subscriber, int, From from) const override {
    const std::string subject = absl::StrCat("_INBOX.events.", subscriber);
    const std::string inbox = absl::StrCat("_INBOX.consumer.", subscriber);
    const std::string config = absl::StrCat(
        R"({"stream_name":"events","config":{"deliver_subject":")", subject, R"(","deliver_policy":")",
        from == From::kEarliest ? "all" : "new",
        R"(","ack_policy":"none","replay_policy":"instant","max_deliver":1,"flow_control":true,)",
        R"("idle_heartbeat":5000000000,"inactive_threshold":300000000000,"mem_storage":true,"num_replicas":1}})");
    return absl::StrCat(kConnect, "SUB ", subject, " ", kEvents, "\r\nSUB ", inbox, " ", kInbox, kLineEnd,
                        Publish("$JS.API.CONSUMER.CREATE.events", inbox, config));
  }
  absl::string_view Answer() const override { return "\"push_bound\":"; }

  size_t Deliver(absl::string_view received, Deliverer deliver, std::string* reply) const override {
    const size_t size = received.size();
    for (Message message; Take(&received, &message);) {
      if (message.subscription != kEvents) continue;
      if (message.kind == "MSG") {
        deliver(0, message.content);
      } else if (!message.reply.empty()) {  // Flow control: it goes on once this is answered.
        absl::StrAppend(reply, Publish(message.reply, "", ""));
      }
    }
    return size - received.size();
  }
};

}  // namespace

std::unique_ptr<PublishProtocol> NatsPublish() { return std::make_unique<Core>(); }

std::unique_ptr<SubscribeProtocol> NatsSubscribe() { return std::make_unique<CoreSubscribe>(); }

std::unique_ptr<PublishProtocol> JetStreamPublish() { return std::make_unique<JetStream>(); }

std::unique_ptr<SubscribeProtocol> JetStreamSubscribe() { return std::make_unique<JetStreamConsumer>(); }

std::string JetStreamCreate() {
  return absl::StrCat(
      kConnect, "SUB _INBOX.create ", kInbox, kLineEnd,
      Publish("$JS.API.STREAM.CREATE.events", "_INBOX.create",
              R"({"name":"events","subjects":["events"],"retention":"limits","storage":"file","num_replicas":1,)"
              R"("max_msgs":-1,"max_bytes":-1,"max_age":0,"discard":"old"})"));
}

}  // namespace ampstream
