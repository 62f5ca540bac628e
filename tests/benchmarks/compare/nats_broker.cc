#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "tests/benchmarks/compare/broker.h"

namespace ampstream {
namespace {

constexpr absl::string_view kLineEnd = "\r\n";
constexpr absl::string_view kPong = "PONG\r\n";

class Nats final : public Broker {
 public:
  std::vector<std::string> CommandLine(const std::string& binary, int port) const override {
    return {binary, "--addr", "127.0.0.1", "--port", absl::StrCat(port)};
  }
  std::string settings() const override { return "core, its defaults"; }

  std::string SubscribeRequest() const override {
    return "CONNECT {\"verbose\":false,\"pedantic\":false}\r\nSUB events 1\r\nPING\r\n";
  }
  absl::string_view SubscribeAnswer() const override { return kPong; }

  // Before its PONG, all that was published has been handed to the subscribers' connections.
  std::string PublishRequest(const std::vector<std::string>& events) const override {
    std::string request;
    for (const std::string& event : events)
      absl::StrAppend(&request, "PUB events ", event.size(), kLineEnd, event, kLineEnd);
    return absl::StrCat(request, "PING\r\n");
  }
  int64_t AnswersTo(const std::vector<std::string>&) const override { return 1; }
  int64_t Answers(absl::string_view received, size_t* whole) const override {
    const size_t at = received.rfind(kPong);
    *whole = at == absl::string_view::npos ? 0 : at + kPong.size();
    return at == absl::string_view::npos ? 0 : 1;
  }

  size_t Deliver(absl::string_view received, absl::FunctionRef<void(absl::string_view event)> deliver) const override {
    size_t taken = 0;
    for (;;) {
      const absl::string_view rest = received.substr(taken);
      const size_t line_end = rest.find(kLineEnd);
      if (line_end == absl::string_view::npos) return taken;
      const absl::string_view line = rest.substr(0, line_end);
      size_t message = line_end + kLineEnd.size();
      size_t size = 0;
      // MSG events 1 SIZE
      if (absl::StartsWith(line, "MSG ") && absl::SimpleAtoi(line.substr(line.rfind(' ') + 1), &size)) {
        if (rest.size() < message + size + kLineEnd.size()) return taken;
        deliver(rest.substr(message, size));
        message += size + kLineEnd.size();
      }
      taken += message;
    }
  }
};

}  // namespace

const Broker& NatsBroker() {
  static const Nats* const nats = new Nats();
  return *nats;
}

}  // namespace ampstream
