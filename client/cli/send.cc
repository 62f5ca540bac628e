#include "client/cli/send.h"

#include <unistd.h>

#include <cstdint>
#include <fstream>
#include <iostream>
#include <iterator>
#include <vector>

#include "absl/random/random.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/cli/http_error_text.h"
#include "client/cli/http_post.h"
#include "client/cli/printable.h"
#include "client/cli/samples.h"
#include "client/cli/signature.h"
#include "server/base/nearest_name.h"
#include "server/event/event_type.h"

namespace ampstream {
namespace {

constexpr char kSignatureHeader[] = "x-amplitude-signature";

std::string NewSample(v1::EventType type) {
  absl::BitGen random;
  return SampleWebhook(type, absl::Now(), absl::Uniform<uint64_t>(random));
}

// The bodies to post, in order.
absl::StatusOr<std::vector<std::string>> Bodies(const std::string& target) {
  std::vector<std::string> bodies;
  if (target.empty()) {
    for (const v1::EventType type : SampleTypes()) bodies.push_back(NewSample(type));
    return bodies;
  }
  if (const auto type = SampleTypeOfName(target); type.has_value()) return std::vector<std::string>{NewSample(*type)};
  std::ifstream file;
  if (target != "-") file.open(target, std::ios::binary);
  std::istream& in = target == "-" ? std::cin : file;
  if (!in) return absl::UnavailableError(absl::StrCat("cannot open ", target));
  bodies.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  if (in.bad()) return absl::UnavailableError(absl::StrCat("cannot read ", target));
  return bodies;
}

absl::StatusOr<HttpAnswer> Post(const SendOptions& options, const std::string& body) {
  const absl::StatusOr<std::string> signature = Sign(options.secret, body);
  if (!signature.ok()) return signature.status();
  return HttpPost(options.url, {{kSignatureHeader, *signature}}, body);
}

}  // namespace

absl::Status CheckTarget(absl::string_view target) {
  const std::string path(target);
  if (path.empty() || path == "-" || SampleTypeOfName(path).has_value() || ::access(path.c_str(), R_OK) == 0) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat("\"", Printable(path),
                                                 "\" is neither an event type nor a file that can be read",
                                                 DidYouMean(path, EventTypeNames())));
}

absl::Status Run(const SendOptions& options, LineWriter& out, const Notices& notices) {
  const absl::StatusOr<std::vector<std::string>> bodies = Bodies(options.target);
  if (!bodies.ok()) return bodies.status();
  for (const std::string& body : *bodies) {
    notices.Say(LogLevel::kDebug, absl::StrCat("posting ", body.size(), " bytes to ", options.url));
    const absl::StatusOr<HttpAnswer> answer = Post(options, body);
    if (!answer.ok()) return answer.status();
    if (answer->code != 200) return absl::FailedPreconditionError(HttpErrorText(*answer));
    if (!out.Write(Printable(answer->body) + "\n")) return out.status();
  }
  return absl::OkStatus();
}

}  // namespace ampstream
