#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "tests/benchmarks/compare/broker.h"

namespace ampstream {
namespace {

constexpr absl::string_view kLineEnd = "\r\n";
constexpr absl::string_view kMessage = "*3\r\n$7\r\nmessage\r\n$6\r\nevents\r\n$";

class Redis final : public Broker {
 public:
  // A subscriber's buffer may grow as far as nats-server lets one: else it would cut off those that wait for their
  // turn.
  std::vector<std::string> CommandLine(const std::string& binary, int port) const override {
    return {binary,           "--bind", "127.0.0.1",    "--port", absl::StrCat(port),
            "--save",         "",       "--appendonly", "no",     "--client-output-buffer-limit",
            "pubsub 64mb 0 0"};
  }
  std::string settings() const override { return "pub/sub, no persistence, client-output-buffer-limit pubsub 64mb"; }

  std::string SubscribeRequest() const override { return "*2\r\n$9\r\nSUBSCRIBE\r\n$6\r\nevents\r\n"; }
  absl::string_view SubscribeAnswer() const override { return ":1\r\n"; }

  std::string PublishRequest(const std::vector<std::string>& events) const override {
    std::string request;
    for (const std::string& event : events) {
      absl::StrAppend(&request, "*3\r\n$7\r\nPUBLISH\r\n$6\r\nevents\r\n$", event.size(), kLineEnd, event, kLineEnd);
    }
    return request;
  }
  int64_t AnswersTo(const std::vector<std::string>& events) const override {
    return static_cast<int64_t>(events.size());
  }
  // A line each: how many subscribers it was sent to.
  int64_t Answers(absl::string_view received, size_t* whole) const override {
    const size_t end = received.rfind(kLineEnd);
    *whole = end == absl::string_view::npos ? 0 : end + kLineEnd.size();
    const absl::string_view lines = received.substr(0, *whole);
    return std::count(lines.begin(), lines.end(), '\n');
  }

  size_t Deliver(absl::string_view received, absl::FunctionRef<void(absl::string_view event)> deliver) const override {
    size_t taken = 0;
    for (;;) {
      const absl::string_view rest = received.substr(taken);
      if (!absl::StartsWith(rest, kMessage)) return taken;
      const size_t line_end = rest.find(kLineEnd, kMessage.size());
      size_t size = 0;
      if (line_end == absl::string_view::npos ||
          !absl::SimpleAtoi(rest.substr(kMessage.size(), line_end - kMessage.size()), &size))
        return taken;
      const size_t start = line_end + kLineEnd.size();
      if (rest.size() < start + size + kLineEnd.size()) return taken;
      deliver(rest.substr(start, size));
      taken += start + size + kLineEnd.size();
    }
  }
};

}  // namespace

const Broker& RedisBroker() {
  static const Redis* const redis = new Redis();
  return *redis;
}

}  // namespace ampstream
