#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/ingress/hmac.h"
#include "tests/benchmarks/compare/protocols.h"
#include "tests/benchmarks/server_process.h"
#include "tests/benchmarks/webhook_sender.h"

namespace ampstream {
namespace {

constexpr size_t kShownOfAnswer = 300;

class Webhook final : public PublishProtocol {
 public:
  std::string Request(int, const Batch& batch) const override { return SignedRequest(key_, Json(batch)); }
  int64_t AnswersTo(const Batch&) const override { return 1; }

  absl::StatusOr<int64_t> Answers(absl::string_view received, size_t* done) const override {
    *done = 0;
    const size_t size = AnswerSize(received);
    if (size == 0 || received.size() < size) return 0;
    if (!absl::StartsWith(received, "HTTP/1.1 200 ") || !absl::StrContains(received, "\"duplicates\":0"))
      return absl::InternalError(absl::StrCat("not accepted: ", received.substr(0, kShownOfAnswer)));
    *done = size;
    return 1;
  }
  bool pipelined() const override { return false; }

 private:
  const HmacKey key_{ServerProcess::kSecret};
};

}  // namespace

std::string PublishProtocol::Greeting(int) const { return ""; }

std::unique_ptr<PublishProtocol> WebhookPublish() { return std::make_unique<Webhook>(); }

}  // namespace ampstream
