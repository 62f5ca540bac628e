// Bytes of a sender. In whatever pieces they come, they are the same requests; and the listener serves just those, and
// lets go of the connection.

#include "server/ingress/listener.h"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "server/base/mutex.h"
#include "server/ingress/framing.h"
#include "server/ingress/request_reader.h"
#include "tests/fuzz/check.h"
#include "tests/ingress/raw_client.h"

namespace ampstream {
namespace {

constexpr size_t kMaxBody = 1000;
const HeadLimits kHeadLimits = {1000, 20};

// What a listener would serve of the bytes, given so many at a time.
std::vector<std::string> Served(absl::string_view bytes, size_t step) {
  RequestReader reader;
  std::vector<std::string> served;
  while (true) {
    if (reader.state() == RequestReader::State::kHeadWhole) {
      if (FramingRefusal(reader.head(), kMaxBody).has_value()) return served;
      reader.ExpectBody(BodySize(reader.head()));
    } else if (reader.state() == RequestReader::State::kWhole) {
      const HttpRequest request = reader.Take(kHeadLimits);
      served.push_back(request.head.method + " " + request.head.path + " " + request.body);
      if (!request.head.keeps_alive) return served;
    } else {
      const absl::string_view next = bytes.substr(0, std::min(step, reader.wanted(kHeadLimits)));
      if (next.empty()) return served;
      reader.Append(next, kHeadLimits);
      bytes.remove_prefix(next.size());
    }
  }
}

class Recorder final : public HttpHandler {
 public:
  absl::optional<HttpAnswer> CheckHead(const HttpHead&) override { return absl::nullopt; }
  void Handle(const HttpHead& head, std::string body, Done done) override {
    {
      MutexLock lock(&mutex_);
      served_.push_back(head.method + " " + head.path + " " + body);
    }
    std::move(done)({200, "{}", {}});
  }

  std::vector<std::string> Take() {
    MutexLock lock(&mutex_);
    return std::exchange(served_, {});
  }

 private:
  Mutex mutex_;
  std::vector<std::string> served_ ABSL_GUARDED_BY(mutex_);
};

// Sends the bytes, and waits until the listener has closed the connection.
void SendAndAwaitEnd(const std::string& address, absl::string_view bytes) {
  auto client = std::make_unique<RawClient>(address);
  // So many connections a second may leave no port free for a moment.
  while (!client->connected()) client = std::make_unique<RawClient>(address);
  client->Send(bytes);
  client->EndSending();
  while (!client->ReceiveOnce().empty()) {
  }
}

void TestOne(absl::string_view bytes) {
  static auto* const recorder = new Recorder();
  static const auto* const listener = [] {
    Listener::Options options;
    options.address = "127.0.0.1:0";
    options.limits.head = kHeadLimits;
    options.limits.max_body_bytes = kMaxBody;
    return Listener::Start(options, *recorder)->release();
  }();
  const std::vector<std::string> served = Served(bytes, bytes.size() + 1);
  AMPSTREAM_FUZZ_CHECK(served == Served(bytes, 1));
  AMPSTREAM_FUZZ_CHECK(served == Served(bytes, 7));
  SendAndAwaitEnd(listener->address(), bytes);
  AMPSTREAM_FUZZ_CHECK(served == recorder->Take());
}

}  // namespace
}  // namespace ampstream

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  ampstream::TestOne({reinterpret_cast<const char*>(data), size});
  return 0;
}
