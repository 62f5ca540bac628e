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
  std::string Request(int, const EventBatch& batch) const override { return SignedRequest(key_, Json(batch)); }
  int64_t AnswersTo(const EventBatch&) const override { return 1; }

  absl::StatusOr<int64_t> Answers(absl::string_view received, size_t* done) const override {
    return HttpAnswers(
        received, [](absl::string_view answer) { return absl::StrContains(answer, "\"duplicates\":0"); }, done);
  }
  bool pipelined() const override { return false; }

 private:
  const HmacKey key_{ServerProcess::kSecret};
};

}  // namespace

std::string PublishProtocol::Greeting(int) const { return ""; }

absl::StatusOr<int64_t> HttpAnswers(absl::string_view received,
                                    absl::FunctionRef<bool(absl::string_view answer)> is_good, size_t* done) {
  *done = 0;
  const size_t size = AnswerSize(received);
  if (size == 0 || received.size() < size) return 0;
  const absl::string_view answer = received.substr(0, size);
  if (!absl::StartsWith(answer, "HTTP/1.1 200 ") || !is_good(answer))
    return absl::InternalError(absl::StrCat("not accepted: ", answer.substr(0, kShownOfAnswer)));
  *done = size;
  return 1;
}

std::unique_ptr<PublishProtocol> WebhookPublish() { return std::make_unique<Webhook>(); }

}  // namespace ampstream
